"""The kinds of message (MsgType) a citizen can send, each read into an Inbound.

Source: 微信公众平台 › 接收普通消息. A kind missing here is read by `unknown`, never refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from backend.message import Attachment, Inbound, Kind, Location, Window
from channels.wechat.xml import Element

Reader = Callable[[Inbound, Element], Inbound]
"""Completes an Inbound that has key, openid and time so far."""

MESSAGE_WINDOW = Window(5, 48 * 3600)
"""What a message allows us to send, by 客服消息 › 下发条数限制."""

TAP_WINDOW = Window(3, 60)
"""What a tap on a menu, a scan or a follow allows, by the same page."""

PLACEHOLDERS = frozenset(
    {"【收到不支持的消息类型，暂无法显示】", "[收到不支持的消息类型，暂无法显示]"}
)
"""What WeChat writes into a text in place of a sticker or a file; the citizen never said it."""


def text(base: Inbound, fields: Element) -> Inbound:
    """A text, or a tap in a message menu, which comes as text with `bizmsgmenuid`."""
    content, tap = fields.text("Content"), fields.text("bizmsgmenuid")
    if content in PLACEHOLDERS:
        return unknown(base, fields)
    window = TAP_WINDOW if tap else MESSAGE_WINDOW
    return replace(base, kind=Kind.TEXT, text=content, tap=tap, window=window)


def image(base: Inbound, fields: Element) -> Inbound:
    """A picture."""
    attachment = Attachment("image", fields.text("MediaId"), url=fields.text("PicUrl"))
    return replace(base, kind=Kind.IMAGE, attachment=attachment, window=MESSAGE_WINDOW)


def voice(base: Inbound, fields: Element) -> Inbound:
    """A voice message; its words only if speech recognition is on and understood any."""
    attachment = Attachment("voice", fields.text("MediaId"), format=fields.text("Format"))
    words = fields.text("Recognition")
    return replace(base, kind=Kind.VOICE, text=words, attachment=attachment, window=MESSAGE_WINDOW)


def video(base: Inbound, fields: Element) -> Inbound:
    """A video or a short video."""
    return replace(
        base,
        kind=Kind.VIDEO,
        attachment=Attachment("video", fields.text("MediaId")),
        data={"thumb_media_id": fields.text("ThumbMediaId")},
        window=MESSAGE_WINDOW,
    )


def location(base: Inbound, fields: Element) -> Inbound:
    """A place chosen on the map."""
    return replace(base, kind=Kind.LOCATION, location=chosen(fields), window=MESSAGE_WINDOW)


def link(base: Inbound, fields: Element) -> Inbound:
    """An article that was passed on."""
    data = {
        "title": fields.text("Title"),
        "description": fields.text("Description"),
        "url": fields.text("Url"),
    }
    return replace(base, kind=Kind.LINK, data=data, window=MESSAGE_WINDOW)


def mini_program(base: Inbound, fields: Element) -> Inbound:
    """A mini-program card (小程序卡片)."""
    data = {
        "title": fields.text("Title"),
        "appid": fields.text("AppId"),
        "path": fields.text("PagePath"),
    }
    return replace(base, kind=Kind.CARD, data=data, window=MESSAGE_WINDOW)


def unknown(base: Inbound, fields: Element) -> Inbound:
    """A kind that we do not know, or that WeChat does not hand to accounts."""
    data = {"type": fields.text("MsgType")}
    return replace(base, kind=Kind.UNKNOWN, data=data, window=MESSAGE_WINDOW)


def chosen(fields: Element) -> Location | None:
    """A place from the map: X is the latitude, Y the longitude, whatever their letters say."""
    return on_globe(fields.text("Location_X"), fields.text("Location_Y"), fields.text("Label"))


def on_globe(latitude: str, longitude: str, label: str = "") -> Location | None:
    """The place at these degrees, None if they are not on the globe."""
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return None
    possible = -90 <= north <= 90 and -180 <= east <= 180
    return Location(north, east, label) if possible else None


MESSAGES: Mapping[str, Reader] = {
    "text": text,
    "image": image,
    "voice": voice,
    "video": video,
    "shortvideo": video,
    "location": location,
    "link": link,
    "miniprogrampage": mini_program,
}
