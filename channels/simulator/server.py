"""`FakeWeChat`: the simulated WeChat as one object, to mount in an app or to start in a test."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, TypedDict, Unpack

from aiohttp import web
from yarl import URL

from backend.clock import Clock
from channels.simulator import content, page
from channels.simulator.account import TEMPLATES, Account, Mode, Template
from channels.simulator.api import Api
from channels.simulator.citizen import Bubble, Citizen, Sender, Way
from channels.simulator.content import Content
from channels.simulator.envelope import Fields
from channels.simulator.fault import Fault, Faults, Trouble
from channels.simulator.log import CallLog
from channels.simulator.media import AMR
from channels.simulator.passive import PassiveReply
from channels.simulator.pusher import Delivery, Patience, Pusher
from channels.simulator.quota import Interaction
from channels.simulator.storage import Storage
from channels.simulator.world import OUTAGE_NOTICE, World

log = logging.getLogger(__name__)

PREFIX = "/simulator"
OnAdvance = Callable[[timedelta], Awaitable[None]]
_CLICKS = {"subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg"}
"""Events that open the one-minute window, and after which WeChat shows its outage notice."""


class Options(TypedDict, total=False):
    """What `FakeWeChat` takes; all of it has a default."""

    clock: Clock
    webhook_url: str
    account: Account
    mode: Mode
    storage: Path | None
    templates: Mapping[str, Template]
    patience: Patience
    on_advance: OnAdvance | None
    base_url: str


class FakeWeChat:
    """One official account on a simulated WeChat: its citizens, its API and its webhook pushes.

    `webhook_url` may be set later. `base_url` is where this is mounted, as the account's server
    and the browser reach it; without it, /simulator beside the webhook. `on_advance` is awaited
    after the clock was turned forward.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.clock = options.get("clock") or Clock()
        self.account = options.get("account") or Account()
        self.world = World(self.clock, self.account, options.get("templates") or dict(TEMPLATES))
        self.world.mode = options.get("mode") or Mode.SAFE
        self.calls = CallLog()
        self.faults = Faults(self.clock)
        self.deliveries: deque[Delivery] = deque(maxlen=1000)
        self.on_advance = options.get("on_advance")
        self._base_url = options.get("base_url", "")
        self._pushed: dict[str, dict[str, object]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        patience = options.get("patience") or Patience()
        url = options.get("webhook_url", "")
        self._pusher = Pusher(self.clock, self.account, self.calls, url, patience)
        self._api = Api(self.world, self.faults, self.calls, self._report)
        folder = options.get("storage")
        self._storage = Storage(folder, self.world) if folder else None
        self.app = self._build()

    @classmethod
    @asynccontextmanager
    async def running(
        cls, *, host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]
    ) -> AsyncIterator[Self]:
        """A WeChat on a port of its own (a free one when 0), for the time of the block."""
        wechat = cls(**options)
        root = web.Application()
        root.add_subapp(PREFIX, wechat.app)
        runner = web.AppRunner(root, shutdown_timeout=0.5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            wechat._base_url = f"http://{host}:{runner.addresses[0][1]}{PREFIX}"
            yield wechat
        finally:
            await runner.cleanup()

    # -- addresses ----------------------------------------------------------------------------

    @property
    def webhook_url(self) -> str:
        """Where messages are posted to (服务器地址 in WeChat's console)."""
        return self._pusher.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self._pusher.webhook_url = url

    @property
    def base_url(self) -> str:
        """Where the page is."""
        return self._base_url or str(URL(self.webhook_url).origin()) + PREFIX

    @property
    def api_base(self) -> str:
        """What stands for https://api.weixin.qq.com (WECHAT_API_BASE)."""
        return f"{self.base_url}/api"

    # -- what a citizen does ------------------------------------------------------------------

    async def send_text(self, openid: str, text: str) -> PassiveReply | None:
        """Type a text."""
        fields = {"MsgType": "text", "Content": text}
        return await self._say(openid, fields, Content("text", text))

    async def tap(self, openid: str, choice_id: str, label: str = "") -> PassiveReply | None:
        """Tap a button that was shown; LookupError when no such button was.

        Of several with the same id the latest is meant, unless `label` says which.
        """
        choice = self.citizen(openid).find_choice(choice_id, label)
        fields = {"MsgType": "text", "Content": choice.label, "bizmsgmenuid": choice.id}
        shown = Content("text", choice.label)
        return await self._say(openid, fields, shown, Interaction.CLICK)

    async def send_image(
        self, openid: str, picture: bytes = b"\x89PNG\r\n\x1a\n", content_type: str = "image/png"
    ) -> PassiveReply | None:
        """Send a picture; its bytes can be fetched by media/get and at PicUrl."""
        media_id = self.world.media.add("image", content_type, picture)
        url = f"{self.base_url}/media/{media_id}"
        fields = {"MsgType": "image", "PicUrl": url, "MediaId": media_id}
        return await self._say(openid, fields, Content("image", data={"media_id": media_id}))

    async def send_voice(
        self, openid: str, recognition: str | None = "", seconds: int = 3
    ) -> PassiveReply | None:
        """Speak. `recognition` is what WeChat made of it; None leaves the field out."""
        media_id = self.world.media.add("voice", "audio/amr", AMR)
        fields = {"MsgType": "voice", "MediaId": media_id, "Format": "amr"}
        if recognition is not None:
            fields["Recognition"] = recognition
        shown = Content("voice", recognition or "", data={"media_id": media_id, "seconds": seconds})
        return await self._say(openid, fields, shown)

    async def send_video(self, openid: str, *, short: bool = False) -> PassiveReply | None:
        """Send a video."""
        kind = "shortvideo" if short else "video"
        media_id = self.world.media.add("video", "video/mp4", b"\0\0\0\x18ftypmp42")
        thumb = self.world.media.add("thumb", "image/jpeg", b"\xff\xd8\xff\xd9")
        fields = {"MsgType": kind, "MediaId": media_id, "ThumbMediaId": thumb}
        return await self._say(openid, fields, Content(kind, data={"media_id": media_id}))

    async def send_location(
        self, openid: str, label: str, latitude: float = 27.8297, longitude: float = 112.944
    ) -> PassiveReply | None:
        """Share a place: what the map calls it, and degrees (GCJ-02)."""
        place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": label}
        data = {"latitude": latitude, "longitude": longitude}
        shown = Content("location", label, data=data)
        return await self._say(openid, {"MsgType": "location", **place}, shown)

    async def send_link(
        self, openid: str, title: str, url: str, description: str = ""
    ) -> PassiveReply | None:
        """Share a web page."""
        fields = {"MsgType": "link", "Title": title, "Description": description, "Url": url}
        data = {"title": title, "description": description, "url": url, "picurl": ""}
        return await self._say(openid, fields, Content("news", data=data))

    async def send_miniprogram(self, openid: str, title: str) -> PassiveReply | None:
        """Share a page of a mini-program."""
        fields = {"MsgType": "miniprogrampage", "Title": title, "AppId": "wx0000000000000000"}
        fields |= {"PagePath": "pages/index/index", "ThumbUrl": "", "ThumbMediaId": ""}
        return await self._say(openid, fields, Content("miniprogrampage", data={"title": title}))

    async def click(self, openid: str, key: str) -> PassiveReply | None:
        """Press an item of the account's menu."""
        return await self.send_event(openid, "CLICK", EventKey=key)

    async def follow(self, openid: str, scene: str = "") -> PassiveReply | None:
        """Follow the account; with `scene`, by scanning a QR code with that parameter."""
        self.world.follow(openid, True)
        if scene:
            ticket = {"EventKey": f"qrscene_{scene}", "Ticket": "SIMULATORTICKET"}
            return await self.send_event(openid, "subscribe", **ticket)
        return await self.send_event(openid, "subscribe", EventKey="")

    async def unfollow(self, openid: str) -> None:
        """Unfollow the account."""
        self.world.follow(openid, False)
        await self.send_event(openid, "unsubscribe", EventKey="")

    async def allow_notices(self, openid: str) -> None:
        """Allow subscription notices of every template of the account."""
        for template_id in self.world.templates:
            self.world.subscribe(openid, template_id)
        items = [
            {"TemplateId": key, "SubscribeStatusString": "accept", "PopupScene": "2"}
            for key in self.world.templates
        ]
        listed: dict[str, object] = {"List": items}
        await self.send_event(openid, "subscribe_msg_popup_event", SubscribeMsgPopupEvent=listed)

    async def send_event(self, openid: str, event: str, **fields: object) -> PassiveReply | None:
        """Any event, by WeChat's name and fields: `send_event(o, "VIEW", EventKey=url)`."""
        if event in _CLICKS:
            self.world.interact(openid, Interaction.CLICK)
        described = {"MsgType": "event", "Event": event, **fields}
        return await self.push(openid, described, is_heard=event in _CLICKS)

    async def resend(self, openid: str) -> PassiveReply | None:
        """Post the citizen's last message again under the same MsgId, as a retry of WeChat's."""
        if not self.has_sent(openid):
            raise LookupError("this citizen has not sent anything since the start")
        return await self._deliver(self._pushed[openid], is_heard=True)

    async def push(
        self, openid: str, fields: Fields, *, is_heard: bool = True
    ) -> PassiveReply | None:
        """Post any fields as coming from this citizen; missing addresses and time are added.

        `is_heard` says whether the citizen sees WeChat's notice when nobody answers.
        """
        self.world.meet(openid)
        head: dict[str, object] = {"ToUserName": self.account.original_id, "FromUserName": openid}
        head["CreateTime"] = int(self.clock.now().timestamp())
        return await self._deliver(head | dict(fields), is_heard=is_heard)

    # -- what a test or the page looks at -----------------------------------------------------

    def citizen(self, openid: str) -> Citizen:
        """The citizen with this openid, made when new."""
        return self.world.meet(openid)

    def conversation(self, openid: str) -> list[Bubble]:
        """Everything on this citizen's screen, in order."""
        return list(self.citizen(openid).bubbles)

    def sent_to(self, openid: str) -> list[Bubble]:
        """What the account sent this citizen actively (not as a passive reply)."""
        active = {Way.CUSTOM, Way.TEMPLATE, Way.SUBSCRIPTION}
        return [bubble for bubble in self.conversation(openid) if bubble.way in active]

    def has_sent(self, openid: str) -> bool:
        """Whether there is a message of this citizen to send again."""
        return openid in self._pushed

    async def verify_webhook(self) -> bool:
        """Whether the webhook passes the verification of its address."""
        return await self._pusher.verify()

    async def settled(self) -> None:
        """Wait for the pushes that run in the background (reports of template messages)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what goes wrong, and time ------------------------------------------------------------

    def fault(
        self, path: str, what: Trouble | str | int, times: int = 1, seconds: float = 30.0
    ) -> None:
        """Let the next calls to `path` ('*': any) fail: an errcode, or the name of a Trouble."""
        trouble = what if isinstance(what, int) else Trouble(what)
        self.faults.add(Fault(path, trouble, times, seconds))

    def down(self, seconds: float) -> None:
        """Drop every API connection for so many seconds of the clock."""
        self.faults.down(seconds)

    async def advance(self, step: timedelta) -> None:
        """Turn the clock forward for everybody who shares it."""
        self.clock.advance(step)
        if self.on_advance:
            await self.on_advance(step)
        for listener in self.world.listeners:
            listener("", None)

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Let something run in the background; the end of the app cancels it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    # -- inside -------------------------------------------------------------------------------

    async def _say(
        self,
        openid: str,
        fields: Mapping[str, object],
        shown: Content,
        interaction: Interaction = Interaction.MESSAGE,
    ) -> PassiveReply | None:
        self.world.interact(openid, interaction)
        bubble = self.world.show(openid, Sender.CITIZEN, shown)
        return await self.push(openid, {**fields, "MsgId": bubble.id})

    async def _deliver(self, fields: dict[str, object], *, is_heard: bool) -> PassiveReply | None:
        openid = str(fields["FromUserName"])
        if is_heard:
            self._pushed[openid] = fields
        delivery = await self._pusher.push(fields, self.world.mode)
        self.deliveries.append(delivery)
        if delivery.problem and is_heard:
            self.world.notice(openid, OUTAGE_NOTICE)
        if delivery.reply and self.citizen(openid).following:
            self.world.show(openid, Sender.ACCOUNT, delivery.reply.content, Way.PASSIVE)
        return delivery.reply

    def _report(self, openid: str, event: str, fields: Mapping[str, object]) -> None:
        if self.webhook_url:
            self.start(self.send_event(openid, event, **fields))

    def _end(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            log.error("simulator: a push failed", exc_info=error)

    def _build(self) -> web.Application:
        app = web.Application(client_max_size=content.UPLOAD_BYTES)
        page.setup(app, self)
        app.add_subapp("/api", self._api.app())
        app.cleanup_ctx.append(self._life)
        app.on_shutdown.append(self._close)
        return app

    async def _life(self, _: web.Application) -> AsyncIterator[None]:
        keeper = None
        if self._storage:
            self._storage.load()
            self._storage.watch()
            keeper = asyncio.create_task(self._storage.run())
        yield
        tasks = {*self._tasks, *([keeper] if keeper else [])}
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._storage:
            self._storage.save()
        await self._pusher.close()

    async def _close(self, _: web.Application) -> None:
        self._api.closing.set()
