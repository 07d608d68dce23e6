"""What may stand in a message from the account: the kinds of message, and their checks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.message import Choice
from channels.simulator import richtext
from channels.simulator.error import Refused

TEXT_BYTES = 2048
"""The longest text of one message, in UTF-8."""
UPLOAD_BYTES = 10 * 1024 * 1024
"""The largest picture one can send."""
MENU_CHOICES = 10


@dataclass(frozen=True, slots=True)
class Content:
    """A message that WeChat accepts, ready to be shown."""

    kind: str
    text: str = ""
    choices: tuple[Choice, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    media_ids: tuple[str, ...] = ()


def text(body: Mapping[str, Any]) -> Content:
    """A text: not empty, at most 2,048 bytes."""
    content = string(body, "content")
    if not content.strip():
        raise Refused(44004)
    check_size(content)
    return Content("text", content, richtext.choices(content))


def msgmenu(body: Mapping[str, Any]) -> Content:
    """A message menu (菜单消息): words, buttons, words."""
    head, tail = string(body, "head_content"), string(body, "tail_content")
    items = listed(body, "list")
    buttons = tuple(Choice(string(item, "id"), string(item, "content")) for item in items)
    if not 0 < len(buttons) <= MENU_CHOICES or not all(b.id and b.label for b in buttons):
        raise Refused(40035, "msgmenu.list")
    check_size(head + tail + "".join(button.label for button in buttons))
    return Content("msgmenu", head, buttons, {"tail": tail})


def news(body: Mapping[str, Any]) -> Content:
    """A link with title, words and picture; WeChat allows one (图文消息)."""
    articles = listed(body, "articles")
    if len(articles) != 1:
        raise Refused(45008)
    names = ("title", "description", "url", "picurl")
    return Content("news", data={name: string(articles[0], name) for name in names})


def miniprogrampage(body: Mapping[str, Any]) -> Content:
    """A mini-program card."""
    return Content("miniprogrampage", data={"title": string(body, "title")})


def media(kind: str) -> Callable[[Mapping[str, Any]], Content]:
    """A picture, voice or video by its media_id."""

    def read(body: Mapping[str, Any]) -> Content:
        media_id = string(body, "media_id")
        return Content(kind, data={"media_id": media_id}, media_ids=(media_id,))

    return read


READERS: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": text,
    "msgmenu": msgmenu,
    "news": news,
    "miniprogrampage": miniprogrampage,
    "image": media("image"),
    "voice": media("voice"),
    "video": media("video"),
}


def read(body: Mapping[str, Any]) -> Content:
    """The message in the body of message/custom/send; raises Refused as WeChat does."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in READERS:
        raise Refused(40008)
    part = body.get(kind)
    if not isinstance(part, Mapping):
        raise Refused(44002 if part is None else 47001)
    return READERS[kind](part)


def string(body: Mapping[str, Any], name: str) -> str:
    """The text under a name, '' when it is not there; 47001 when it is something else."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refused(47001, name)
    return value


def listed(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list of objects under a name."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Refused(47001, name)
    return value


def check_size(content: str) -> None:
    """45002 when a text is too long for one message."""
    if len(content.encode()) > TEXT_BYTES:
        raise Refused(45002)
