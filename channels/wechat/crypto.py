"""WeChat's message encryption (消息加解密): AES-256-CBC with the account's EncodingAESKey."""

import base64
import secrets
from collections.abc import Callable
from struct import error as StructError

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from channels.wechat.errors import BadMessage


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's cipher with a salt from the system: its own comes from `random`."""

    def __init__(self, key: bytes, salt: Callable[[], str]) -> None:
        super().__init__(key)
        self.get_random_string = salt


class Crypto:
    """Encrypts for one account and decrypts what was encrypted for it."""

    def __init__(
        self, aes_key: str, appid: str, salt: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        """`salt` gives 16 characters that must never repeat; raises ValueError for a bad key."""
        self._appid = appid
        self._cipher = _Cipher(decode_key(aes_key), salt)

    def decrypt(self, encrypted: str) -> str:
        """The document in `encrypted` (base64).

        Raises BadMessage if it was made with another key, for another account, or is no such thing.
        """
        try:
            return str(self._cipher.decrypt(encrypted, self._appid))
        except (ValueError, IndexError, StructError, InvalidAppIdException):
            raise BadMessage("decrypt") from None

    def encrypt(self, document: str) -> str:
        """`document` as base64, salted, and marked with the account's AppID."""
        return bytes(self._cipher.encrypt(document, self._appid)).decode()


def decode_key(aes_key: str) -> bytes:
    """The 32 bytes that the 43 characters of an EncodingAESKey stand for; ValueError if not."""
    try:
        key = base64.b64decode(aes_key + "=", validate=True)
    except ValueError:
        key = b""
    if len(aes_key) != 43 or len(key) != 32:
        raise ValueError("EncodingAESKey must be the 43 letters and digits shown in the console")
    return key
