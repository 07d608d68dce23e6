"""The XML that WeChat posts, and the query it posts it with."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from channels.simulator import crypto
from channels.simulator.account import Account, Mode

Fields = Mapping[str, object]
"""An XML message by tag: text and numbers, or again fields, or a list of them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request to the webhook."""

    query: Mapping[str, str]
    body: str


def seal(fields: Fields, account: Account, mode: Mode, timestamp: int) -> Envelope:
    """Sign a message, and encrypt it as the mode says; each sealing has its own nonce."""
    plain = render(fields)
    query = signed_query(account, timestamp)
    query["openid"] = str(fields["FromUserName"])
    if mode is Mode.PLAIN:
        return Envelope(query, plain)
    secret = crypto.encrypt(plain, account.aes_key, account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.sign(account.token, query["timestamp"], query["nonce"], secret)
    if mode is Mode.COMPATIBLE:
        return Envelope(query, render({**fields, "Encrypt": secret}))
    return Envelope(query, render({"ToUserName": account.original_id, "Encrypt": secret}))


def signed_query(account: Account, timestamp: int) -> dict[str, str]:
    """`signature`, `timestamp` and `nonce`, as on every request to the webhook."""
    nonce = str(secrets.randbelow(10**10))
    signature = crypto.sign(account.token, str(timestamp), nonce)
    return {"signature": signature, "timestamp": str(timestamp), "nonce": nonce}


def render(fields: Fields) -> str:
    """The XML of a message.

    Written by hand: WeChat passes on control characters that a citizen typed, and an XML library
    would refuse to write them.
    """
    return f"<xml>{_inner(fields)}</xml>"


def _inner(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_inner(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{_cdata(str(value))}</{name}>"


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
