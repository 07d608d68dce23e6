"""The chat desk: the queue, one chat, and who the citizen is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from backend import (
    accesses,
    attachments,
    chat_orders,
    chats,
    conversations,
    forms,
    personal,
    transcript,
)
from backend.console.context import (
    MEMBER,
    PREFIX,
    flash,
    may,
    need,
    number_in,
    page,
    part,
    see,
    services,
)
from backend.console.sight import Sight
from backend.console.words import TYPES
from backend.conversations import Conversation, Mode
from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import Refused
from backend.personal import Mask
from backend.transcript import Line

STEP = 50
"""Lines shown at first, and how many more each time older ones are asked for."""
MOST = 1000

routes = web.RouteTableDef()
ID = r"{citizen_id:\d{1,18}}"


@routes.get("/chats", name="chats")
async def desk(request: web.Request) -> web.Response:
    """The queue, with no chat open."""
    need(request, "chats.read")
    async with services(request).database.transaction() as connection:
        values = await _queue(request, connection, None)
    return await page(request, "chats.html", values | {"chat": None})


@routes.get(f"/chats/{ID}", name="chat")
async def show(request: web.Request) -> web.Response:
    """The desk with one chat open."""
    need(request, "chats.read")
    async with services(request).database.transaction() as connection:
        chat = await _find(request, connection)
        values = await _whole(request, connection, chat, Sight.of(request, chat))
    return await page(request, "chats.html", values)


@routes.post(f"/chats/{ID}/full", name="chat-full")
async def show_full(request: web.Request) -> web.Response:
    """The same with name, telephone and address in clear; it is written down."""
    member, shared = need(request, "chats.act"), services(request)
    filling = bool((await forms.fields(request)).get("filling"))
    async with shared.database.transaction() as connection:
        chat = await _find(request, connection)
        await accesses.note(
            connection,
            actor=member.login,
            role=member.role,
            what="chat",
            page=request.path,
            now=shared.clock.now(),
            citizen_id=chat.citizen_id,
        )
        values = await _whole(request, connection, chat, Sight.clear_for(request, chat))
    return await page(request, "chats.html", values | {"filling": filling})


async def _whole(
    request: web.Request, connection: Connection, chat: Conversation, sight: Sight
) -> dict[str, Any]:
    return {
        **await _queue(request, connection, chat.citizen_id),
        **await _open(request, connection, chat, sight),
        **await _citizen(connection, chat, services(request).clock.now(), sight),
    }


@routes.get("/queue", name="queue")
async def queue(request: web.Request) -> web.Response:
    """The queue alone."""
    need(request, "chats.read")
    async with services(request).database.transaction() as connection:
        values = await _queue(request, connection, number_in(request, "open"))
    return part(request, "_queue.html", values)


@routes.get(f"/chats/{ID}/live", name="live")
async def live(request: web.Request) -> web.Response:
    """The open chat alone; the whole page again when it has changed hands."""
    need(request, "chats.read")
    async with services(request).database.transaction() as connection:
        chat = await _find(request, connection)
        values = await _open(request, connection, chat, Sight.of(request, chat))
    if request.query.get("mine") != ("1" if values["mine"] else "0"):
        # A page that was posted for would be asked for again by posting.
        here = f"{PREFIX}/chats/{chat.citizen_id}"
        loading = {"HX-Redirect": here} if values["clear"] else {"HX-Refresh": "true"}
        return web.Response(headers=loading)
    return part(request, "_chat.html", values)


@routes.get(f"/chats/{ID}/side", name="side")
async def side(request: web.Request) -> web.Response:
    """What is known of the citizen, alone."""
    need(request, "chats.read")
    async with services(request).database.transaction() as connection:
        chat, now = await _find(request, connection), services(request).clock.now()
        values = await _citizen(connection, chat, now, Sight.of(request, chat))
    return part(request, "_side.html", values)


@routes.post(f"/chats/{ID}/take", name="take")
async def take(request: web.Request) -> web.Response:
    """Take a chat; if another agent was faster, say so."""
    return await _act(request, chats.take)


@routes.post(f"/chats/{ID}/back", name="back")
async def back(request: web.Request) -> web.Response:
    """Hand a chat back to the bot."""

    async def hand_back(*args: Any) -> None:
        if not await chats.hand_back(*args):
            await flash(request, "已交回机器人。市民现在收不到消息，没有发结束语。")

    return await _act(request, hand_back)


async def _act(request: web.Request, action: Callable[..., Awaitable[None]]) -> web.Response:
    member, shared = need(request, "chats.act"), services(request)
    citizen_id = int(request.match_info["citizen_id"])
    try:
        async with shared.database.transaction() as connection:
            await _find(request, connection)
            await action(connection, citizen_id, member, shared.clock.now())
    except Refused as refused:
        await flash(request, str(refused))
    shared.live.tell(*chats.topics(citizen_id), "alerts")
    raise see(f"/chats/{citizen_id}")


@routes.post(f"/chats/{ID}/say", name="say")
async def say(request: web.Request) -> web.Response:
    """Write to the citizen; when refused, 422 with the reason and nothing lost."""
    member, shared = need(request, "chats.act"), services(request)
    citizen_id = int(request.match_info["citizen_id"])
    text = str((await forms.fields(request)).get("text", ""))
    try:
        async with shared.database.transaction() as connection:
            await _find(request, connection)
            await chats.say(connection, citizen_id, member, text, shared.clock.now())
    except Refused as refused:
        return web.Response(status=422, text=str(refused))
    shared.live.tell(*chats.topics(citizen_id))
    async with shared.database.transaction() as connection:
        chat = await _find(request, connection)
        values = await _open(request, connection, chat, Sight.of(request, chat))
    return part(request, "_chat.html", values)


@routes.post(f"/chats/{ID}/order", name="chat-order")
async def file_order(request: web.Request) -> web.Response:
    """Make an order of the chat and open it; when refused, back to the chat with the reason."""
    member, shared = need(request, "chats.act"), services(request)
    citizen_id = int(request.match_info["citizen_id"])
    form = await forms.fields(request)
    names = ("type", "facts", "demand", "place", "contact", "citizen_name")
    fields = {name: str(form.get(name, "")).strip() for name in names}
    try:
        async with shared.database.transaction() as connection:
            await _find(request, connection)
            kept = await chat_orders.file(
                connection, citizen_id, member, fields, shared.clock.now()
            )
    except Refused as refused:
        return web.Response(status=422, text=str(refused))
    shared.live.tell(*chats.topics(citizen_id), "orders")
    return web.Response(headers={"HX-Redirect": f"{PREFIX}/orders/{kept.number}"})


async def _find(request: web.Request, connection: Connection) -> Conversation:
    chat = await conversations.find(connection, int(request.match_info["citizen_id"]))
    if chat is None:
        raise web.HTTPNotFound
    return chat


async def _queue(
    request: web.Request, connection: Connection, open_id: int | None
) -> dict[str, Any]:
    member = request[MEMBER]
    found = await chats.queue(connection)
    return {
        "waiting": [chat for chat in found if chat.mode is Mode.WAITING],
        "own": [chat for chat in found if chat.agent_id == member.id],
        "others": [
            chat for chat in found if chat.mode is Mode.HUMAN and chat.agent_id != member.id
        ],
        "open_id": open_id,
    }


async def _open(
    request: web.Request, connection: Connection, chat: Conversation, sight: Sight
) -> Mapping[str, Any]:
    member, now = request[MEMBER], services(request).clock.now()
    limit = min(number_in(request, "limit") or STEP, MOST)
    lines = await transcript.history(connection, chat.citizen_id, limit=limit + 1)
    left = await chats.left(connection, chat, now)
    leads = chat.mode is Mode.HUMAN
    mask = await _mask(connection, chat)
    return {
        "chat": chat,
        "clear": sight.clear,
        "keep": sight.keep,
        "lines": lines[-limit:] if sight.clear else list(map(mask.line, lines[-limit:])),
        "older_limit": min(limit + STEP, MOST) if len(lines) > limit < MOST else None,
        "limit": limit,
        "mine": leads and chat.agent_id == member.id,
        "agent": await chats.agent_name(connection, chat) if leads else "",
        "may_take": may(member, "chats.act")
        and (not leads or (chat.agent_id != member.id and member.role in chats.LEADERS)),
        "left": left,
        "window": chats.window(chat, now, left),
    }


async def _mask(connection: Connection, chat: Conversation) -> Mask:
    """Hides what the chat, its draft and the citizen's orders tell of them."""
    draft = chat.dialogue.get("draft") or {}
    found = [kept.order for kept in await store.of_citizen(connection, chat.citizen_id, limit=6)]
    return Mask.of(
        [chat.name, draft.get("person", ""), *(order.citizen_name for order in found)],
        [chat.phone, draft.get("contact", ""), *(order.contact for order in found)],
        [draft.get("place", ""), *(order.place for order in found)],
    )


async def _citizen(
    connection: Connection, chat: Conversation, now: datetime, sight: Sight
) -> dict[str, Any]:
    said = await transcript.history(connection, chat.citizen_id, limit=20)
    since = now - chat_orders.SHOWN_WITHIN
    found = await store.of_citizen(connection, chat.citizen_id, limit=6)
    understood = await transcript.last_understood(connection, chat.citizen_id)
    draft = chat.dialogue.get("draft") or {}
    person = chat
    if not sight.clear:
        mask = await _mask(connection, chat)
        person = replace(chat, name=personal.name(chat.name), phone=personal.phone(chat.phone))
        found, draft = list(map(personal.masked, found)), mask.data(draft)
        understood = understood and replace(understood, text=mask.text(understood.text))
    return {
        "person": person,
        "clear": sight.clear,
        "keep": sight.keep,
        "filling": False,
        "orders": found,
        "understood": understood,
        "draft": draft,
        "said": "\n".join(_recent(said)),
        "pictures": await attachments.loose(connection, chat.citizen_id, since),
        "TYPES": TYPES,
    }


def _recent(lines: list[Line]) -> list[str]:
    """What the citizen said lately, to begin an order with."""
    return [line.text for line in lines if line.incoming and line.kind in ("text", "voice")][-5:]
