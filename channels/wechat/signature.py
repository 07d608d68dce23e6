"""The SHA-1 signature that WeChat puts on what it sends, and expects on an encrypted reply."""

import hashlib
import hmac


def sign(*parts: str) -> str:
    """The hex signature of `parts` (the token among them), sorted as bytes and joined."""
    ordered = sorted(part.encode(errors="replace") for part in parts)
    return hashlib.sha1(b"".join(ordered)).hexdigest()


def matches(signature: str, *parts: str) -> bool:
    """True if `signature` is that of `parts`; takes the same time wherever it differs."""
    return hmac.compare_digest(signature.encode(errors="replace"), sign(*parts).encode())
