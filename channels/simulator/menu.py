"""The menu at the foot of the account's chat (自定义菜单)."""

from collections.abc import Mapping
from typing import Any

from channels.simulator.content import listed, string
from channels.simulator.error import Refused

Menu = list[dict[str, Any]]

DEFAULT_MENU: Menu = [
    {"type": "click", "name": "我要反映", "key": "new_order"},
    {"type": "click", "name": "我的工单", "key": "my_orders"},
    {"type": "click", "name": "人工服务", "key": "human"},
]
"""What shows until the account creates its own."""

_KEYED = {
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
    "pic_weixin", "location_select",
}  # fmt: skip


def read_menu(body: Mapping[str, Any]) -> Menu:
    """The menu in the body of menu/create; raises Refused where WeChat would."""
    buttons = listed(body, "button")
    if not 1 <= len(buttons) <= 3:
        raise Refused(40016)
    return [_top(button) for button in buttons]


def _top(button: Mapping[str, Any]) -> dict[str, Any]:
    below = listed(button, "sub_button")
    if len(below) > 5:
        raise Refused(40023)
    if not below:
        return _leaf(button, 16)
    return {"name": _name(button, 16), "sub_button": [_leaf(leaf, 60) for leaf in below]}


def _leaf(button: Mapping[str, Any], longest: int) -> dict[str, Any]:
    kind = string(button, "type")
    if kind in _KEYED:
        return {"type": kind, "name": _name(button, longest), "key": _key(button)}
    if kind in ("view", "miniprogram"):
        return {"type": "view", "name": _name(button, longest), "url": _url(button)}
    raise Refused(40017)


def _name(button: Mapping[str, Any], longest: int) -> str:
    name = string(button, "name")
    if not 0 < len(name.encode()) <= longest:
        raise Refused(40018)
    return name


def _key(button: Mapping[str, Any]) -> str:
    key = string(button, "key")
    if not 0 < len(key.encode()) <= 128:
        raise Refused(40019)
    return key


def _url(button: Mapping[str, Any]) -> str:
    url = string(button, "url")
    if not url.startswith(("http://", "https://")) or len(url.encode()) > 1024:
        raise Refused(40020)
    return url
