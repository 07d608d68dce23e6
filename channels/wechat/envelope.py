"""What is around a message: the signed query, and in two of the three modes an encrypted body.

Plain mode (明文模式) has neither, compatible mode (兼容模式) sends the message both plain and
encrypted in one body, safe mode (安全模式) encrypted only. The query says which; we take each of
them, since the mode is changed in the console and not here.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from channels.wechat.account import Account
from channels.wechat.crypto import Crypto
from channels.wechat.errors import BadMessage, Forged
from channels.wechat.signature import matches, sign
from channels.wechat.xml import Element, read, write


@dataclass(frozen=True, slots=True)
class Letter:
    """An opened envelope; `sealed` says that the answer must be encrypted too."""

    message: Element
    sealed: bool


class Envelopes:
    """Opens and seals envelopes of one account."""

    def __init__(self, account: Account) -> None:
        """Raises ValueError if the account's EncodingAESKey cannot be one."""
        self._token = account.token
        self._crypto = Crypto(account.aes_key, account.appid) if account.aes_key else None

    def check(self, query: Mapping[str, str]) -> None:
        """Raise Forged unless the query is signed with our Token; needs no body."""
        # Without a Token anybody could sign.
        if not self._token or not matches(query.get("signature", ""), *self._signed(query)):
            raise Forged("signature")

    def check_push(self, query: Mapping[str, str]) -> None:
        """As `check`, but let pass what has `msg_signature` alone: `open` checks that."""
        if query.get("signature") or not (self._token and query.get("msg_signature")):
            self.check(query)

    def open(self, query: Mapping[str, str], body: bytes) -> Letter:
        """The message in a body whose query has been checked; raises Forged or BadMessage."""
        if query.get("encrypt_type", "raw") == "raw" and not query.get("msg_signature"):
            return Letter(read(body), sealed=False)
        outer, encrypted = self._outer(query, body)
        if self._crypto:
            return Letter(read(self._crypto.decrypt(encrypted)), sealed=True)
        if outer.text("MsgType") and query.get("signature"):
            return Letter(outer, sealed=False)
        raise BadMessage("no_aes_key")

    def seal(self, document: str, timestamp: int) -> str:
        """`document` encrypted and signed, as the answer to a sealed letter."""
        assert self._crypto
        encrypted = self._crypto.encrypt(document)
        nonce = str(secrets.randbelow(10**10))
        signature = sign(self._token, str(timestamp), nonce, encrypted)
        return write(
            {
                "Encrypt": encrypted,
                "MsgSignature": signature,
                "TimeStamp": timestamp,
                "Nonce": nonce,
            }
        )

    def _outer(self, query: Mapping[str, str], body: bytes) -> tuple[Element, str]:
        try:
            outer = read(body)
            encrypted = outer.text("Encrypt")
        except BadMessage:
            if query.get("signature"):
                raise
            raise Forged("body") from None
        if not matches(query.get("msg_signature", ""), *self._signed(query), encrypted):
            raise Forged("msg_signature")
        return outer, encrypted

    def _signed(self, query: Mapping[str, str]) -> tuple[str, str, str]:
        return self._token, query.get("timestamp", ""), query.get("nonce", "")
