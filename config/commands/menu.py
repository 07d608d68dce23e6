"""`huiying menu`: put our buttons under the chats of the real account."""

import aiohttp
import typer

from backend.clock import Clock
from channels.wechat.api import Api
from channels.wechat.errors import ApiError
from channels.wechat.menu import MENU, push_menu
from config import local, parts, settings
from config.commands.common import fail, run


def menu() -> None:
    """Put our buttons (我要反映, 我的工单, 人工服务) under the chats of the real account."""

    async def work() -> None:
        known = settings.load()
        if known.simulator:
            fail("no WeChat account is configured; the simulator has this menu already", 2)
        redis_url = known.redis_url.get_secret_value() or local.Valkey(known.data / "valkey").url
        client = parts.connect_redis(redis_url)
        async with aiohttp.ClientSession() as session:
            await push_menu(Api(parts.account(known), client, session, Clock()))
        await client.aclose()

    try:
        run(work)
    except ApiError as error:
        fail(f"WeChat refused the menu: {error}")
    typer.echo("菜单已更新：" + "、".join(button["name"] for button in MENU["button"]))
