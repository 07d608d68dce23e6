"""What tells who a citizen is lies sealed in the database: AES-256-GCM (NIST SP 800-38D).

A sealed value is the text `s1:<key id>:<base64 of nonce and ciphertext>`. Its place,
`table.column`, is authenticated with it, so that nobody can move a value to another column. ''
stays '', and a value without the prefix, of a row from before, is read as it stands. The key ring
is installed once a process by backend/keys.py; backend/sealed.py has the column types that use it.
"""

import base64
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
NONCE_SIZE = 12
INDEX_SIZE = 16
"""Bytes. Random nonces of 96 bits are safe for 2^32 values a key (SP 800-38D, 8.3)."""

PREFIX = re.compile(r"s1:([0-9a-f]{8}):")


class BadKey(ValueError):
    """A text that is not a key."""


class CannotOpen(Exception):
    """A value cannot be opened: its key is not in the ring, or it was changed or moved."""


class NoRing(RuntimeError):
    """Nobody has installed the key ring in this process."""


@dataclass(frozen=True)
class Key:
    """One data key; what it is called is derived from it and tells nothing of it."""

    material: bytes

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits."""
        return derive(self.material, "huiying key id", 4).hex()

    @cached_property
    def cipher(self) -> AESGCM:
        """Seals and opens."""
        return AESGCM(derive(self.material, "huiying sealing", KEY_SIZE))


class KeyRing:
    """Data keys: the first one seals, every one opens."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.id: key for key in keys}
        if not self._keys:
            raise BadKey("there is no key")
        self.first = next(iter(self._keys.values()))

    @classmethod
    def read(cls, texts: Iterable[str]) -> "KeyRing":
        """The ring of keys as operators write them, base64 of 32 bytes. Raises BadKey."""
        return cls([_key(text.strip()) for text in texts if text.strip()])

    @property
    def ids(self) -> tuple[str, ...]:
        """What the keys are called, the sealing one first."""
        return tuple(self._keys)

    def seal(self, text: str, place: str) -> str:
        """The text sealed for a place."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        sealed = self.first.cipher.encrypt(nonce, text.encode(), place.encode())
        return f"s1:{self.first.id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, value: str, place: str) -> str:
        """The text of a sealed value, or of one that never was. Raises CannotOpen."""
        found = PREFIX.match(value)
        if found is None:
            return value
        key = self._keys.get(found[1])
        if key is None:
            raise CannotOpen(f"a value of {place} is sealed with key {found[1]}, which is not here")
        try:
            whole = base64.b64decode(value[found.end() :])
            plain = key.cipher.decrypt(whole[:NONCE_SIZE], whole[NONCE_SIZE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(f"a value of {place} was changed or moved here") from error
        return plain.decode()


def _key(text: str) -> Key:
    try:
        material = base64.b64decode(text, validate=True)
    except ValueError:
        material = b""
    if len(material) != KEY_SIZE:
        raise BadKey("a data key is the base64 of 32 random bytes: openssl rand -base64 32")
    return Key(material)


def fresh() -> str:
    """A new key, as operators write it."""
    return base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode()


def derive(material: bytes, purpose: str, size: int) -> bytes:
    """A key for one purpose (HKDF, RFC 5869)."""
    return HKDF(SHA256(), size, salt=None, info=purpose.encode()).derive(material)


_ring: KeyRing | None = None
_index: tuple[bytes, bytes] | None = None


def install(ring: KeyRing, index: bytes | None = None) -> None:
    """Let this process seal and open with `ring`, and index with the secret `index`."""
    global _ring, _index
    _ring = ring
    if index is not None:
        _index = (derive(index, "contact", KEY_SIZE), derive(index, "terms", KEY_SIZE))


def ring() -> KeyRing:
    """The ring of this process. Raises NoRing."""
    if _ring is None:
        raise NoRing("the data key is not installed: call keys.unlock after opening the database")
    return _ring


def seal(text: str, place: str) -> str:
    """The text sealed for a place; '' stays ''."""
    return ring().seal(text, place) if text else text


def unseal(value: str, place: str) -> str:
    """The text of a value as it lies in the database. Raises CannotOpen."""
    return ring().open(value, place) if value else value


def blind(text: str) -> bytes | None:
    """By what equal numbers of the telephone are found without being read; None for ''.

    Keyed, so that nobody can try all numbers without the key, and the same for 138 1234 5678 and
    +86 13812345678. The key outlives the data keys.
    """
    plain = _normal(text)
    return hmac.digest(_keys()[0], plain.encode(), "sha256")[:INDEX_SIZE] if plain else None


def blind_terms(words: Iterable[str]) -> Sequence[int]:
    """Each word as a keyed number that fits PostgreSQL's integer, for a search over sealed texts.

    Two words share a number once in 2^32 pairs, so whoever searches looks at the texts as well.
    """
    key = _keys()[1]
    return [_term(key, word) for word in words]


@lru_cache(maxsize=100_000)
def _term(key: bytes, word: str) -> int:
    """Texts share most of their words, and an order has a hundred of them."""
    return int.from_bytes(hmac.digest(key, word.encode(), "sha256")[:4], "big", signed=True)


def _keys() -> tuple[bytes, bytes]:
    if _index is None:
        raise NoRing("the key of the index is not installed: call keys.unlock")
    return _index


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(char for char in plain if char.isdecimal())
    if len(digits) == 13 and digits.startswith("861"):
        return digits[2:]
    return digits or plain.strip().casefold()
