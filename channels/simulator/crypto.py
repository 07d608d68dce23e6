"""WeChat's side of message encryption (消息加解密), on `cryptography` alone.

Deliberately not the library that the webhook uses, so that the two check each other.
"""

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_BLOCK_BITS = 256
"""WeChat pads to 32 bytes, not to AES's 16."""


class Undecryptable(ValueError):
    """The text was not encrypted with this key for this account."""


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts: `signature` (token, timestamp, nonce), and `msg_signature`
    with the encrypted text as the fourth part."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypt(text: str, aes_key: str, appid: str) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the text and the appid."""
    content = text.encode()
    plain = os.urandom(16) + struct.pack(">I", len(content)) + content + appid.encode()
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = _cipher(aes_key).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(text: str, aes_key: str, appid: str) -> str:
    """The text inside; Undecryptable when key, padding, length or appid do not fit."""
    try:
        decryptor, unpadder = _cipher(aes_key).decryptor(), PKCS7(_BLOCK_BITS).unpadder()
        padded = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
        plain = unpadder.update(padded) + unpadder.finalize()
        (length,) = struct.unpack(">I", plain[16:20])
        content, receiver = plain[20 : 20 + length], plain[20 + length :]
        if receiver.decode() != appid:
            raise Undecryptable("encrypted for another appid")
        return content.decode()
    except (ValueError, struct.error) as error:
        raise Undecryptable(str(error)) from error


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
