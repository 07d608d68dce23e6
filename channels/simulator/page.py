"""The page that looks like WeChat on a phone, and the requests it makes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp_jinja2
import jinja2
import msgspec
from aiohttp import web
from aiohttp_sse import sse_response
from yarl import URL

from channels.simulator import view
from channels.simulator.account import Mode
from channels.simulator.citizen import Bubble
from channels.simulator.error import Refused
from channels.simulator.fault import Trouble
from channels.simulator.log import Call
from channels.simulator.stream import Stream

if TYPE_CHECKING:
    from channels.simulator.server import FakeWeChat

HERE = Path(__file__).parent
DEMO_CITIZENS = (
    ("oHuiyingDemoWang_000000000001", "王女士"),
    ("oHuiyingDemoLi___000000000002", "李师傅"),
    ("oHuiyingDemoChen_000000000003", "陈阿姨"),
)
LONGEST_STEP = 400 * 24 * 3600
"""Seconds: the furthest the clock is turned at once."""
SHOWN_CALLS = 200
POLICY = (
    "default-src 'self'; img-src 'self' data: https: http:; frame-src 'self' http: https:; "
    "base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """A text or a voice; `recognised` is off when WeChat could not make out the words."""

    text: str
    recognised: bool = True


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button (with the label it showed), a menu item, or a link that was opened."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A shared location, in degrees."""

    label: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Switched:
    """A switch of the citizen (`following`, `refusing`, `subscribed`) turned on or off."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A new citizen."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far to turn the clock forward."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What the developer panel can change of the account."""

    mode: Mode
    msgmenu_allowed: bool


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """A fault on demand; `what` is an errcode, the name of a Trouble, `down` or `clear`."""

    what: str
    path: str = "*"
    times: int = 1
    seconds: float = 30.0


def setup(app: web.Application, wechat: FakeWeChat) -> None:
    """Put the page and its requests into an application."""
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(HERE / "templates"))
    pages = Page(wechat)
    app.middlewares.append(refusals)
    app.add_routes(pages.routes())
    app.on_response_prepare.append(_protect)
    app.on_shutdown.append(pages.close)


class Page:
    """The handlers, over one simulated WeChat."""

    def __init__(self, wechat: FakeWeChat) -> None:
        self.wechat = wechat
        self.stream = Stream()
        wechat.world.listeners.append(self._on_change)
        wechat.calls.listeners.append(self._on_call)

    def routes(self) -> list[web.AbstractRouteDef]:
        """All routes of the page."""
        chat = "/citizens/{openid}"
        return [
            web.get("", self.show),
            web.get("/", self.show, name="simulator"),
            web.static("/static", HERE / "static"),
            web.get("/state", self.state),
            web.get("/events", self.events),
            web.get("/calls", self.calls),
            web.get("/media/{media_id}", self.media),
            web.get("/connect/oauth2/authorize", self.authorise),
            web.post("/citizens", self.add_citizen),
            web.post(chat + "/text", self.text),
            web.post(chat + "/voice", self.voice),
            web.post(chat + "/image", self.image),
            web.post(chat + "/location", self.location),
            web.post(chat + "/tap", self.tap),
            web.post(chat + "/menu", self.menu),
            web.post(chat + "/open", self.open),
            web.post(chat + "/switch", self.switch),
            web.post(chat + "/resend", self.resend),
            web.post("/clock", self.clock),
            web.post("/settings", self.settings),
            web.post("/faults", self.faults),
            web.post("/verify", self.verify),
            web.post("/expire", self.expire),
        ]

    async def close(self, _: web.Application) -> None:
        """Let the open pages go, so that the server can stop."""
        self.stream.end()

    # -- what the page loads ------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page itself."""
        if not self.wechat.world.citizens:
            for openid, name in DEMO_CITIZENS:
                self.wechat.world.meet(openid, name)
        root = str(request.app.router["simulator"].url_for())
        context = {"root": root, "account": self.wechat.account}
        return aiohttp_jinja2.render_template("simulator.html", request, context)

    async def state(self, request: web.Request) -> web.Response:
        """Everything the page shows, with the chat of one citizen."""
        world = self.wechat.world
        known = world.citizens.get(request.query.get("openid", ""))
        who = known or next(iter(world.citizens.values()), None)
        bubbles = who.bubbles[-300:] if who else []
        return web.json_response(
            {
                **self._surroundings(),
                "openid": who.openid if who else "",
                "bubbles": [view.bubble(bubble) for bubble in bubbles],
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The updates, as server-sent events."""
        async with sse_response(request) as response:
            with self.stream.listen() as updates:
                await response.send("{}", event="ready")
                while (update := await updates.get()) is not None and response.is_connected():
                    await response.send(msgspec.json.encode(update).decode())
        return response

    async def calls(self, _: web.Request) -> web.Response:
        """The last requests in both directions."""
        last = list(self.wechat.calls)[-SHOWN_CALLS:]
        return web.json_response([view.call(call) for call in last])

    async def media(self, request: web.Request) -> web.Response:
        """The bytes of a picture or voice."""
        media = self.wechat.world.media.get(request.match_info["media_id"])
        return web.Response(body=media.content, content_type=media.content_type)

    async def authorise(self, request: web.Request) -> web.Response:
        """Stands for open.weixin.qq.com: sends the citizen on with a code."""
        query = request.query
        target = URL(query.get("redirect_uri", ""))
        if query.get("appid") != self.wechat.account.appid or target.scheme not in (
            "http",
            "https",
        ):
            raise web.HTTPBadRequest(text="redirect_uri 参数错误")
        code = self.wechat.world.authorise(query.get("openid", ""))
        raise web.HTTPFound(target.update_query(code=code, state=query.get("state", "")))

    # -- what the citizen does ----------------------------------------------------------------

    async def text(self, request: web.Request) -> web.Response:
        """A typed text."""
        said = await _read(request, Said)
        return self._go(self.wechat.send_text(self._openid(request), said.text))

    async def voice(self, request: web.Request) -> web.Response:
        """A spoken text."""
        said = await _read(request, Said)
        words = said.text if said.recognised else None
        seconds = max(1, min(60, len(said.text) // 4))
        return self._go(self.wechat.send_voice(self._openid(request), words, seconds))

    async def image(self, request: web.Request) -> web.Response:
        """A picture, as the body of the request."""
        if request.content_type not in ("image/png", "image/jpeg", "image/gif", "image/webp"):
            raise web.HTTPUnsupportedMediaType(text="请选择 PNG、JPG、GIF 或 WebP 图片")
        picture = await request.read()
        sending = self.wechat.send_image(self._openid(request), picture, request.content_type)
        return self._go(sending)

    async def location(self, request: web.Request) -> web.Response:
        """A shared place."""
        place = await _read(request, Place)
        sending = self.wechat.send_location(
            self._openid(request), place.label, place.latitude, place.longitude
        )
        return self._go(sending)

    async def tap(self, request: web.Request) -> web.Response:
        """A button of a message menu."""
        openid, tapped = self._openid(request), await _read(request, Tapped)
        try:
            self.wechat.citizen(openid).find_choice(tapped.id, tapped.label)
        except LookupError as error:
            raise web.HTTPNotFound(text="这个按钮已经不在了，请刷新页面") from error
        return self._go(self.wechat.tap(openid, tapped.id, tapped.label))

    async def menu(self, request: web.Request) -> web.Response:
        """An item of the account's menu."""
        tapped = await _read(request, Tapped)
        return self._go(self.wechat.click(self._openid(request), tapped.id))

    async def open(self, request: web.Request) -> web.Response:
        """An item of the menu that opens a page."""
        tapped = await _read(request, Tapped)
        viewing = self.wechat.send_event(self._openid(request), "VIEW", EventKey=tapped.id)
        return self._go(viewing)

    async def switch(self, request: web.Request) -> web.Response:
        """Follow or unfollow, refuse messages, allow notices."""
        openid, switched = self._openid(request), await _read(request, Switched)
        if switched.name == "following":
            work = self.wechat.follow if switched.on else self.wechat.unfollow
            return self._go(work(openid))
        if switched.name == "subscribed" and switched.on:
            return self._go(self.wechat.allow_notices(openid))
        if switched.name == "refusing":
            self.wechat.world.refuse(openid, switched.on)
            return web.json_response({})
        raise web.HTTPBadRequest(text="没有这个开关")

    async def resend(self, request: web.Request) -> web.Response:
        """The last message once more, under the same MsgId; `sent` is false without one."""
        openid = self._openid(request)
        sent = self.wechat.has_sent(openid)
        if sent:
            self.wechat.start(self.wechat.resend(openid))
        return web.json_response({"sent": sent})

    # -- what the person at the panel does ----------------------------------------------------

    async def add_citizen(self, request: web.Request) -> web.Response:
        """One more citizen."""
        named = await _read(request, Named)
        who = self.wechat.world.meet(name=named.name.strip()[:20])
        return web.json_response({"openid": who.openid})

    async def clock(self, request: web.Request) -> web.Response:
        """Turn the clock forward."""
        step = await _read(request, Step)
        if not 0 < step.seconds <= LONGEST_STEP:
            raise web.HTTPBadRequest(text="时间只能向前调，一次最多 400 天")
        await self.wechat.advance(timedelta(seconds=step.seconds))
        return web.json_response({})

    async def settings(self, request: web.Request) -> web.Response:
        """Change the mode of encryption, or whether message menus are allowed."""
        wanted = await _read(request, Settings)
        world = self.wechat.world
        world.mode, world.msgmenu_allowed = wanted.mode, wanted.msgmenu_allowed
        self._on_change("", None)
        return web.json_response({})

    async def faults(self, request: web.Request) -> web.Response:
        """Set a fault, or clear all."""
        order = await _read(request, FaultOrder)
        if order.what == "clear":
            self.wechat.faults.clear()
        elif order.what == "down":
            self.wechat.down(order.seconds)
        else:
            what = _trouble(order.what)
            self.wechat.fault(order.path, what, max(1, order.times), order.seconds)
        self._on_change("", None)
        return web.json_response({})

    async def verify(self, _: web.Request) -> web.Response:
        """Verify the address of the webhook."""
        return web.json_response({"passed": await self.wechat.verify_webhook()})

    async def expire(self, _: web.Request) -> web.Response:
        """Let all access tokens be over."""
        self.wechat.world.tokens.expire()
        return web.json_response({})

    # -- inside -------------------------------------------------------------------------------

    def _openid(self, request: web.Request) -> str:
        openid = request.match_info["openid"]
        if openid not in self.wechat.world.citizens:
            raise web.HTTPNotFound(text="没有这位市民，请刷新页面")
        return openid

    def _go(self, work: Coroutine[Any, Any, object]) -> web.Response:
        self.wechat.start(work)
        return web.json_response({}, status=202)

    def _surroundings(self) -> dict[str, Any]:
        world, clock = self.wechat.world, self.wechat.clock
        return {
            "citizens": [view.citizen(who, world) for who in world.citizens.values()],
            "clock": {"now": clock.now().isoformat(), "offset": clock.offset.total_seconds()},
            "menu": world.menu,
            "settings": {"mode": world.mode, "msgmenu_allowed": world.msgmenu_allowed},
            "faults": self.wechat.faults.as_json(),
            "webhook_url": self.wechat.webhook_url,
        }

    def _on_change(self, openid: str, bubble: Bubble | None) -> None:
        if not self.stream.queues:
            return
        if bubble:
            self.stream.send({"openid": openid, "bubble": view.bubble(bubble)})
        who = self.wechat.world.citizens.get(openid)
        if who:
            self.stream.send({"citizen": view.citizen(who, self.wechat.world)})
        else:
            self.stream.send({"surroundings": self._surroundings()})

    def _on_call(self, call: Call) -> None:
        if self.stream.queues:
            self.stream.send({"call": view.call(call)})
            if call.note.startswith("fault"):
                self._on_change("", None)


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what is not allowed or not there into a sentence for the page."""
    try:
        return await handler(request)
    except Refused as error:
        raise web.HTTPNotFound(text=error.errmsg) from error


async def _read(request: web.Request, kind: type[T]) -> T:
    # Only JSON: a form on another site could otherwise post here without asking.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="需要 JSON")
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text="填写的内容不对") from error


def _trouble(what: str) -> Trouble | int:
    try:
        return int(what) if what.lstrip("-").isdigit() else Trouble(what)
    except ValueError as error:
        raise web.HTTPBadRequest(text="没有这种故障") from error


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
