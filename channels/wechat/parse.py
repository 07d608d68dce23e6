"""An XML message from WeChat becomes an Inbound."""

import hashlib
from datetime import datetime

from backend.message import Inbound, Kind
from channels.wechat import events, messages
from channels.wechat.errors import BadMessage
from channels.wechat.xml import Element

_LONGEST_OPENID = 64
_LONGEST_KEY = 200
"""Characters; WeChat's own keys have about 50, but the EventKey of a page is its whole address."""

_ABOUT_ANOTHER = "OpenID"
"""In 授权用户信息变更 events the citizen concerned is named here, and not as the sender."""


def parse(fields: Element, received_at: datetime) -> Inbound:
    """The Inbound that the children of a message make; raises BadMessage if they do not."""
    kind = fields.required("MsgType").lower()
    if kind == "event":
        return _event(fields, received_at)
    base = _base(fields, received_at, _message_key(fields), Kind.UNKNOWN)
    return messages.MESSAGES.get(kind, messages.unknown)(base, fields)


def _event(fields: Element, received_at: datetime) -> Inbound:
    base = _base(fields, received_at, _event_key(fields), Kind.EVENT)
    name = fields.required("Event").lower()
    return events.EVENTS.get(name, events.other)(base, fields)


def _base(fields: Element, received_at: datetime, key: str, kind: Kind) -> Inbound:
    openid = fields.text(_ABOUT_ANOTHER) or fields.required("FromUserName")
    if len(openid) > _LONGEST_OPENID:
        raise BadMessage("field")
    return Inbound(key, "wechat", openid, kind, received_at)


def _message_key(fields: Element) -> str:
    """MsgId alone has been seen twice, with two citizens."""
    number = fields.text("MsgId") or f"{_created(fields)}:{fields.text('MsgType')}"
    return _short(f"{_pseudonym(fields)}:{number}")


def _event_key(fields: Element) -> str:
    """Events have no MsgId; the results of sendings have a MsgID and no EventKey."""
    parts = (
        _pseudonym(fields),
        _created(fields),
        fields.required("Event"),
        fields.text("EventKey") or fields.text("MsgID"),
    )
    return _short(":".join(parts))


def _pseudonym(fields: Element) -> str:
    """Stands for the sender in keys, which are kept after the sender has been forgotten."""
    return hashlib.sha256(fields.required("FromUserName").encode()).hexdigest()[:16]


def _created(fields: Element) -> str:
    created = fields.required("CreateTime")
    if not (created.isascii() and created.isdigit()):
        raise BadMessage("field")
    return created


def _short(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _LONGEST_KEY - len(digest) - 1]}:{digest}"
