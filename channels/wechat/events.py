"""The kinds of event an account is told of, each read into an Inbound.

Source: 微信公众平台 › 接收事件推送, 自定义菜单 › 事件推送, 模板消息, 订阅通知, 客服消息, 发布能力,
授权用户信息变更, 微信认证事件推送. An event missing in the table keeps its lower-case name and all
its texts.
"""

from collections.abc import Mapping
from dataclasses import replace

from backend.message import Inbound, Window
from channels.wechat.messages import TAP_WINDOW, Reader, chosen, on_globe
from channels.wechat.xml import Element

_COMMON = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"})


def subscribe(base: Inbound, fields: Element) -> Inbound:
    """A new follower; `scene` tells by which QR code, '' if by none."""
    data = {"scene": fields.text("EventKey").removeprefix("qrscene_")}
    return replace(base, event="subscribe", data=data, window=TAP_WINDOW)


def scan(base: Inbound, fields: Element) -> Inbound:
    """A follower scanned one of the account's QR codes."""
    return replace(base, event="scan", data={"scene": fields.text("EventKey")}, window=TAP_WINDOW)


def location(base: Inbound, fields: Element) -> Inbound:
    """Where the phone is, sent when the chat is opened if the citizen agreed."""
    here = on_globe(fields.text("Latitude"), fields.text("Longitude"))
    return replace(base, event="location", location=here)


def location_select(base: Inbound, fields: Element) -> Inbound:
    """A place chosen through a menu item; a location message with the same place follows."""
    place = next(map(chosen, fields.inner("SendLocationInfo")), None)
    return replace(base, event="location_select", tap=fields.text("EventKey"), location=place)


def view(base: Inbound, fields: Element) -> Inbound:
    """A menu item opened a page; allows no message from us."""
    return replace(base, event="view", data={"url": fields.text("EventKey")})


def template_result(base: Inbound, fields: Element) -> Inbound:
    """What became of a template message: `success`, or `failed` and why."""
    data = {"msgid": fields.text("MsgID"), "status": fields.text("Status")}
    return replace(base, event="template_result", data=data)


def subscription_result(base: Inbound, fields: Element) -> Inbound:
    """What became of a subscription notice (订阅通知)."""
    data = {
        name: item.text(tag)
        for item in fields.inner("SubscribeMsgSentEvent")
        for item in item.inner("List")
        for name, tag in (
            ("template_id", "TemplateId"),
            ("msgid", "MsgID"),
            ("code", "ErrorCode"),
            ("status", "ErrorStatus"),
        )
    }
    return replace(base, event="subscription_result", data=data)


def other(base: Inbound, fields: Element) -> Inbound:
    """Any event, by its own name and with all its texts."""
    data = {name: value for name, value in fields.flat() if name not in _COMMON}
    return replace(base, event=fields.text("Event").lower(), data=data)


def _menu(event: str, window: Window | None = None) -> Reader:
    def read(base: Inbound, fields: Element) -> Inbound:
        data = {n: v for n, v in fields.flat() if n not in _COMMON and n != "EventKey"}
        return replace(base, event=event, tap=fields.text("EventKey"), data=data, window=window)

    return read


def _subscription(event: str, tag: str) -> Reader:
    def read(base: Inbound, fields: Element) -> Inbound:
        data = {
            item.text("TemplateId"): item.text("SubscribeStatusString")
            for answer in fields.inner(tag)
            for item in answer.inner("List")
        }
        return replace(base, event=event, data=data)

    return read


EVENTS: Mapping[str, Reader] = {
    "subscribe": subscribe,
    "scan": scan,
    "location": location,
    "view": view,
    "click": _menu("click", TAP_WINDOW),
    "scancode_push": _menu("scancode_push", TAP_WINDOW),
    "scancode_waitmsg": _menu("scancode_waitmsg", TAP_WINDOW),
    "pic_sysphoto": _menu("pic_sysphoto"),
    "pic_photo_or_album": _menu("pic_photo_or_album"),
    "pic_weixin": _menu("pic_weixin"),
    "location_select": location_select,
    "templatesendjobfinish": template_result,
    "subscribe_msg_popup_event": _subscription("subscription_popup", "SubscribeMsgPopupEvent"),
    "subscribe_msg_change_event": _subscription("subscription_change", "SubscribeMsgChangeEvent"),
    "subscribe_msg_sent_event": subscription_result,
}
