"""The account's own menu (自定义菜单) under the chat."""

from collections.abc import Mapping
from typing import Any

from channels.wechat.api import Api

MENU: Mapping[str, Any] = {
    "button": [
        {"type": "click", "name": "我要反映", "key": "new_order"},
        {"type": "click", "name": "我的工单", "key": "my_orders"},
        {"type": "click", "name": "人工服务", "key": "human"},
    ]
}
"""Each `key` comes back as Inbound.tap. WeChat shows four characters of a name at the top level."""


async def push_menu(api: Api) -> None:
    """Make MENU the account's menu; raises ApiError."""
    await api.create_menu(MENU)
