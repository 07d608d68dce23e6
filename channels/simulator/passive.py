"""The passive reply (被动回复): what the webhook answered, read as strictly as WeChat reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from channels.simulator import content, crypto
from channels.simulator.account import Account, Mode
from channels.simulator.content import Content
from channels.simulator.error import Refused

_SILENT = ("", "success")


class InvalidReply(Exception):
    """An answer for which WeChat shows its outage notice; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """A reply that WeChat accepts: `kind` is its MsgType, `text` its words, `xml` the whole."""

    kind: str
    text: str
    content: Content
    xml: str


def read(body: bytes, openid: str, account: Account, mode: Mode) -> PassiveReply | None:
    """The reply in the answer's body; None for `success` or nothing; InvalidReply otherwise."""
    try:
        raw = body.decode()
    except UnicodeDecodeError as error:
        raise InvalidReply("not UTF-8") from error
    if raw.strip() in _SILENT:
        return None
    xml, root = _opened(raw, account, mode)
    _check_addresses(root, openid, account)
    what = _content(root)
    return PassiveReply(_text(root, "MsgType"), what.text, what, xml)


def _opened(raw: str, account: Account, mode: Mode) -> tuple[str, ElementTree.Element]:
    root = _parse(raw)
    secret = root.findtext("Encrypt")
    if secret is None:
        if mode is Mode.SAFE:
            raise InvalidReply("not encrypted, but the account is in safe mode")
        return raw, root
    if mode is Mode.PLAIN:
        raise InvalidReply("encrypted, but the account is in plain mode")
    signature = crypto.sign(account.token, _text(root, "TimeStamp"), _text(root, "Nonce"), secret)
    if signature != root.findtext("MsgSignature"):
        raise InvalidReply("wrong MsgSignature")
    try:
        plain = crypto.decrypt(secret, account.aes_key, account.appid)
    except crypto.Undecryptable as error:
        raise InvalidReply(f"cannot be decrypted: {error}") from error
    return plain, _parse(plain)


def _parse(raw: str) -> ElementTree.Element:
    if "<!DOCTYPE" in raw:
        raise InvalidReply("a DOCTYPE")
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as error:
        raise InvalidReply(f"not XML: {error}") from error
    if root.tag != "xml":
        raise InvalidReply(f"root element is {root.tag}")
    return root


def _check_addresses(root: ElementTree.Element, openid: str, account: Account) -> None:
    if _text(root, "ToUserName") != openid:
        raise InvalidReply("ToUserName is not the citizen")
    if _text(root, "FromUserName") != account.original_id:
        raise InvalidReply("FromUserName is not the account")
    if not _text(root, "CreateTime").isdigit():
        raise InvalidReply("CreateTime is not a number")


def _content(root: ElementTree.Element) -> Content:
    kind = _text(root, "MsgType")
    reader = _READERS.get(kind)
    if reader is None:
        raise InvalidReply(f"MsgType {kind}")
    try:
        return reader(root)
    except Refused as error:
        raise InvalidReply(error.errmsg) from error


def _text_content(root: ElementTree.Element) -> Content:
    return content.text({"content": root.findtext("Content", "")})


def _media_content(kind: str, tag: str) -> Callable[[ElementTree.Element], Content]:
    def read(root: ElementTree.Element) -> Content:
        return content.media(kind)({"media_id": _text(root, f"{tag}/MediaId")})

    return read


def _news_content(root: ElementTree.Element) -> Content:
    names = {"title": "Title", "description": "Description", "url": "Url", "picurl": "PicUrl"}
    articles = [
        {name: item.findtext(tag, "") for name, tag in names.items()}
        for item in root.findall("Articles/item")
    ]
    return content.news({"articles": articles})


def _transfer(_: ElementTree.Element) -> Content:
    return Content("notice", "已转接到客服系统")


_READERS: Mapping[str, Callable[[ElementTree.Element], Content]] = {
    "text": _text_content,
    "image": _media_content("image", "Image"),
    "voice": _media_content("voice", "Voice"),
    "video": _media_content("video", "Video"),
    "news": _news_content,
    "transfer_customer_service": _transfer,
}


def _text(root: ElementTree.Element, path: str) -> str:
    found = root.findtext(path)
    if not found:
        raise InvalidReply(f"no {path}")
    return found
