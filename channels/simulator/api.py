"""The part of api.weixin.qq.com that an official account of a hotline calls.

As WeChat does, it answers HTTP 200 with an `errcode`, whatever went wrong.
"""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.simulator.content import UPLOAD_BYTES, string
from channels.simulator.error import Refused
from channels.simulator.fault import Fault, Faults, Trouble
from channels.simulator.log import Call, CallLog, Direction
from channels.simulator.world import World

Reporter = Callable[[str, str, Mapping[str, object]], None]
"""Called with (openid, event, fields) when WeChat owes the account a report of a sending."""
Answer = dict[str, Any] | web.Response
_OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


@dataclass(slots=True)
class Api:
    """The endpoints over one world."""

    world: World
    faults: Faults
    log: CallLog
    report: Reporter
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> web.Application:
        """The sub-application; its root stands for https://api.weixin.qq.com."""
        app = web.Application(client_max_size=UPLOAD_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.Response:
        path = f"/{request.match_info['path']}"
        started = time.monotonic()
        raw = b"(file)" if request.content_type.startswith("multipart/") else await request.read()
        fault = self.faults.take(path)
        answer = await self._answer(path, request, fault)
        note = f"fault: {fault.what}" if fault else ""
        self._record(path, request, raw, answer, started, note)
        if fault and fault.what in (Trouble.DROP, Trouble.HANG, Trouble.LOST) and request.transport:
            request.transport.abort()
        return answer

    async def _answer(self, path: str, request: web.Request, fault: Fault | None) -> web.Response:
        if fault and fault.what is Trouble.HTTP500:
            return web.Response(status=500, text="Internal Server Error")
        if fault and fault.what in (Trouble.HANG, Trouble.SLOW):
            await self._hang(fault.seconds)
        if fault and fault.what in (Trouble.DROP, Trouble.HANG):
            return web.Response(status=503)
        try:
            if fault and isinstance(fault.what, int):
                raise Refused(fault.what)
            answer = await self._call(path, request)
        except Refused as error:
            answer = {"errcode": error.code, "errmsg": f"{error.errmsg} rid: {_rid()}"}
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    async def _hang(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    async def _call(self, path: str, request: web.Request) -> Answer:
        endpoint = self._endpoints().get(path)
        if endpoint is None:
            raise Refused(40066)
        method, needs_token, handle = endpoint
        if needs_token:
            self.world.tokens.check(request.query.get("access_token"))
        if method == "POST" and request.method != "POST":
            raise Refused(43002)
        return await handle(request)

    def _endpoints(
        self,
    ) -> Mapping[str, tuple[str, bool, Callable[[web.Request], Awaitable[Answer]]]]:
        return {
            "/cgi-bin/token": ("GET", False, self.token),
            "/cgi-bin/stable_token": ("POST", False, self.stable_token),
            "/cgi-bin/message/custom/send": ("POST", True, self.custom_send),
            "/cgi-bin/message/custom/typing": ("POST", True, self.custom_typing),
            "/cgi-bin/message/template/send": ("POST", True, self.template_send),
            "/cgi-bin/message/subscribe/bizsend": ("POST", True, self.subscribe_bizsend),
            "/cgi-bin/media/get": ("GET", True, self.media_get),
            "/cgi-bin/media/upload": ("POST", True, self.media_upload),
            "/cgi-bin/menu/create": ("POST", True, self.menu_create),
            "/cgi-bin/menu/get": ("GET", True, self.menu_get),
            "/cgi-bin/getcallbackip": ("GET", True, self.getcallbackip),
            "/cgi-bin/get_api_domain_ip": ("GET", True, self.getcallbackip),
            "/cgi-bin/user/info": ("GET", True, self.user_info),
            "/sns/oauth2/access_token": ("GET", False, self.oauth_access_token),
        }

    async def token(self, request: web.Request) -> Answer:
        """A plain access token."""
        self._check_client(request.query)
        value, expires_in = self.world.tokens.get_plain()
        return {"access_token": value, "expires_in": expires_in}

    async def stable_token(self, request: web.Request) -> Answer:
        """The stable access token."""
        body = await _body(request)
        self._check_client(body)
        force = body.get("force_refresh") is True
        value, expires_in = self.world.tokens.get_stable(force=force)
        return {"access_token": value, "expires_in": expires_in}

    async def custom_send(self, request: web.Request) -> Answer:
        """A customer-service message."""
        self.world.send_custom(await _body(request))
        return _OK

    async def custom_typing(self, request: web.Request) -> Answer:
        """The typing state."""
        self.world.set_typing(await _body(request))
        return _OK

    async def template_send(self, request: web.Request) -> Answer:
        """A template message; WeChat reports later, by an event, whether it arrived."""
        body = await _body(request)
        msgid, is_new = self.world.send_template(body)
        openid = string(body, "touser")
        if is_new:
            refusing = self.world.find(openid).refusing
            status = "failed:user block" if refusing else "success"
            self.report(openid, "TEMPLATESENDJOBFINISH", {"MsgID": msgid, "Status": status})
        return {**_OK, "msgid": msgid}

    async def subscribe_bizsend(self, request: web.Request) -> Answer:
        """A subscription notice."""
        body = await _body(request)
        msgid = self.world.send_subscription(body)
        item = {"TemplateId": string(body, "template_id"), "MsgID": str(msgid)}
        item |= {"ErrorCode": "0", "ErrorStatus": "success"}
        event = {"SubscribeMsgSentEvent": {"List": item}}
        self.report(string(body, "touser"), "subscribe_msg_sent_event", event)
        return {**_OK, "msgid": msgid}

    async def media_get(self, request: web.Request) -> Answer:
        """The bytes of a temporary media file."""
        media = self.world.media.get(request.query.get("media_id", ""))
        suffix = media.content_type.rpartition("/")[2]
        name = f'attachment; filename="media.{suffix}"'
        headers = {"Content-Disposition": name}
        return web.Response(body=media.content, content_type=media.content_type, headers=headers)

    async def media_upload(self, request: web.Request) -> Answer:
        """Keep a file as temporary media."""
        field = (await request.post()).get("media")
        if isinstance(field, web.FileField):
            kind = request.query.get("type", "image")
            media_id = self.world.media.add(kind, field.content_type, field.file.read())
            created = int(self.world.clock.now().timestamp())
            return {"type": kind, "media_id": media_id, "created_at": created}
        raise Refused(41005)

    async def menu_create(self, request: web.Request) -> Answer:
        """The account's menu."""
        self.world.create_menu(await _body(request))
        return _OK

    async def menu_get(self, _: web.Request) -> Answer:
        """The menu as it is."""
        return {"menu": {"button": self.world.menu}}

    async def getcallbackip(self, _: web.Request) -> Answer:
        """Where WeChat calls from."""
        return {"ip_list": ["127.0.0.1"]}

    async def user_info(self, request: web.Request) -> Answer:
        """Whether a citizen follows (WeChat gives no more than this today)."""
        citizen = self.world.find(request.query.get("openid", ""))
        return {"subscribe": int(citizen.following), "openid": citizen.openid}

    async def oauth_access_token(self, request: web.Request) -> Answer:
        """The openid behind a code of the web authorisation."""
        self._check_client({**request.query, "grant_type": "client_credential"})
        openid = self.world.redeem(request.query.get("code", ""))
        return {
            "access_token": f"SIMWEB_{secrets.token_urlsafe(30)}",
            "expires_in": 7200,
            "refresh_token": f"SIMWEB_{secrets.token_urlsafe(30)}",
            "openid": openid,
            "scope": "snsapi_base",
        }

    def _check_client(self, given: Mapping[str, Any]) -> None:
        account = self.world.account
        if given.get("grant_type") != "client_credential":
            raise Refused(40002)
        if given.get("appid") != account.appid:
            raise Refused(40013)
        if not hmac.compare_digest(str(given.get("secret")).encode(), account.secret.encode()):
            raise Refused(40125)

    def _record(
        self,
        path: str,
        request: web.Request,
        raw: bytes,
        answer: web.Response,
        started: float,
        note: str,
    ) -> None:
        is_text = answer.content_type.startswith(("application/json", "text/"))
        said = (answer.text or "") if is_text else f"({answer.content_type})"
        asked = raw.decode(errors="replace") if raw else request.query_string
        seconds = time.monotonic() - started
        now = self.world.clock.now()
        call = Call(Direction.API, now, path, asked, answer.status, said, seconds, note)
        self.log.add(call)


async def _body(request: web.Request) -> Mapping[str, Any]:
    raw = await request.read()
    if not raw:
        raise Refused(44002)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(47001) from error
    if not isinstance(body, dict):
        raise Refused(47001)
    return body


def _rid() -> str:
    return "-".join(secrets.token_hex(4) for _ in range(3))
