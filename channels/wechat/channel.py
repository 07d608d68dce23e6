"""WeChat as the rest of the house knows it: a way to reach a citizen."""

import logging
from datetime import datetime, timedelta

from backend.clock import Clock
from backend.message import Attachment, Body, Notice, Reply, Sending, Verdict
from channels.wechat import render
from channels.wechat.account import Account
from channels.wechat.api import Api
from channels.wechat.errors import MENU_REFUSED, NOT_TYPING, ApiError, verdict_of
from channels.wechat.template import Template

_WITHOUT_MENUS = timedelta(days=1)
"""How long an account that may not send menus gets numbered text before menus are tried again."""

log = logging.getLogger(__name__)


class WeChatChannel:
    """Sends to the followers of one account; implements backend.message.Channel."""

    name = "wechat"

    def __init__(self, account: Account, api: Api, clock: Clock) -> None:
        """Raises ValueError if one of the account's template settings cannot be read."""
        self._api = api
        self._clock = clock
        self._templates = {
            name: Template.parse(setting) for name, setting in account.templates.items()
        }
        self._menus_from: datetime | None = None

    def split(self, reply: Reply) -> list[Reply]:
        """Cut a reply into parts that each fit one message (see render.split)."""
        return render.split(reply)

    async def send(self, openid: str, body: Body, *, dedup: str) -> Sending:
        """Send as a customer-service message, or a notice by its template."""
        try:
            if isinstance(body, Notice):
                return await self._notify(openid, body, dedup)
            await self._say(openid, body)
        except ApiError as error:
            return Sending(verdict_of(error.code), error.code, error.detail)
        return Sending(Verdict.SENT)

    async def typing(self, openid: str) -> None:
        """Show the citizen that an answer is coming; never raises."""
        try:
            await self._api.typing(openid)
        except ApiError as error:
            if error.code not in NOT_TYPING:
                log.info("The typing sign was not shown: %s", error)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content of what a citizen sent, within three days of it; raises ApiError."""
        return await self._api.media(attachment.media_id)

    async def _say(self, openid: str, reply: Reply) -> None:
        if not reply.choices or not self._has_menus():
            await self._api.send_text(openid, render.numbered(reply))
            return
        try:
            await self._api.send_menu(openid, render.menu(reply))
        except ApiError as error:
            if error.code != MENU_REFUSED:
                raise
            log.warning("The account may not send message menus: numbered text for a day")
            self._menus_from = self._clock.now() + _WITHOUT_MENUS
            await self._api.send_text(openid, render.numbered(reply))

    def _has_menus(self) -> bool:
        return self._menus_from is None or self._clock.now() >= self._menus_from

    async def _notify(self, openid: str, notice: Notice, dedup: str) -> Sending:
        template = self._templates.get(notice.template)
        if template is None:
            return Sending(Verdict.NEXT, "no_template", f"no template for {notice.template!r}")
        if template.subscription:
            await self._api.send_subscription(openid, template, notice.fields, notice.url)
        else:
            await self._api.send_template(openid, template, notice.fields, notice.url, dedup)
        return Sending(Verdict.SENT)
