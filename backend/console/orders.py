"""One order, and what may be done to it now."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from backend import accesses, attachments, forms, staff, transcript
from backend.console import access, clusters
from backend.console.context import (
    MEMBER,
    PREFIX,
    console,
    flash,
    hasty,
    may,
    need,
    number_in,
    page,
    see,
    services,
    whole,
)
from backend.console.order_forms import FIRST, FORMS, name
from backend.database import Connection
from backend.files import ACCEPTED, LARGEST, MOST, File, Source
from backend.forms import Posted
from backend.orders import bursts, duplicates, lifecycle, service
from backend.orders.duplicates import Alike
from backend.orders.lifecycle import STEPS, Refused, State
from backend.orders.proposals import Proposal, propose
from backend.orders.store import Conflict, Kept, history
from backend.personal import Mask
from backend.staff import Member, Role

MOST_ALIKE = 5
routes = web.RouteTableDef()


@routes.get(r"/orders/{number:\w{1,40}}", name="order")
async def show(request: web.Request) -> web.Response:
    """One order with its history and what may be done to it."""
    need(request, "orders.read")
    return await _show(request)


@routes.get(r"/orders/{number:\w{1,40}}/news", name="order-news")
async def news(request: web.Request) -> web.Response:
    """204 while the page is still right; else a line that says it is not."""
    member = need(request, "orders.read")
    async with services(request).database.transaction() as connection:
        kept = await access.order(connection, member, request.match_info["number"])
    if number_in(request, "seen") == kept.order.version:
        return web.Response(status=204)
    return web.Response(text="这张工单刚有新进展，点这里看最新情况", content_type="text/plain")


@routes.post(r"/orders/{number:\w{1,40}}/full", name="order-full")
async def show_full(request: web.Request) -> web.Response:
    """The page with name, telephone and address in clear, this once; it is written down."""
    member, shared = need(request, "personal.read"), services(request)
    async with shared.database.transaction() as connection:
        kept = await access.whole(connection, member, request.match_info["number"])
        if not access.may_clear(member, kept):
            raise web.HTTPForbidden(text="您不能查看这张工单的个人信息；确有需要请联系热线办。")
        await accesses.note(
            connection,
            actor=member.login,
            role=member.role,
            what="order",
            page=request.path,
            now=shared.clock.now(),
            order_id=kept.id,
        )
    return await _show(request, clear=True)


@routes.post(r"/orders/{number:\w{1,40}}/{kind:\w{1,20}}", name="order-act")
async def act(request: web.Request) -> web.Response:
    """Do a step; refused or too late, show the page as it is now with what was typed."""
    member, shared = need(request, "orders.act"), services(request)
    number, kind = request.match_info["number"], request.match_info["kind"]
    if kind not in FORMS:
        raise web.HTTPNotFound
    posted = await forms.read(request)
    form = posted.words
    try:
        kept = await _do(request, member, number, kind, posted)
    except Refused as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        if hasty(request):
            # The form stays as it is, with the files that were chosen.
            return web.Response(status=status, text=str(refused))
        return await _show(request, status, kind, str(refused), form)
    shared.live.tell("outbox", "orders", "alerts", *_chat_topic(kept))
    await flash(request, _done(kind, kept))
    target = f"/orders/{number}" if access.shown(kept, member) else "/orders"
    if hasty(request):
        return web.Response(headers={"HX-Redirect": f"{PREFIX}{target}"})
    raise see(target)


def _done(kind: str, kept: Kept) -> str:
    """What came of it, where that is not what the name of the step says."""
    match kind:
        case "close" if kept.order.state is State.REVIEWING:
            return "已提交，等待审核：办理结果有疑点，由审核人员看过后再告知市民"
        case "return" if not kept.order.asked:
            return f"退单申请已按规定驳回：{service.TOO_LATE}"
        case _:
            return f"已{STEPS[kind].name}"


async def _do(request: web.Request, member: Member, number: str, kind: str, posted: Posted) -> Kept:
    shared, form = services(request), FORMS[kind]
    said = {field.name: posted.words.get(field.name, "").strip() for field in form.fields}
    sources = posted.sources if form.takes_files else ()
    async with _keeping(request, sources) as kept, shared.database.transaction() as connection:
        found = await access.order(connection, member, number)
        _known_unit(request, said)
        now = shared.clock.now()
        attached = await attachments.attach(connection, found.id, kind, kept, now)
        return await service.act(
            connection,
            number,
            kind,
            actor=member.actor,
            now=now,
            data=_filled(said | {"attachments": attached}),
            seen=whole(posted.words.get("seen", "")) or 0,
        )


def _keeping(
    request: web.Request, sources: Sequence[Source]
) -> AbstractAsyncContextManager[list[File]]:
    """The files, kept if the step is taken. Raises Refused where no folder is set up."""
    folder = console(request).folder
    if folder is None:
        if sources:
            raise Refused("系统没有设置存放附件的文件夹，请联系管理员")
        return nullcontext([])
    return folder.keeping(sources)


def _filled(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value}


def _known_unit(request: web.Request, said: Mapping[str, str]) -> None:
    """An order given to a unit that does not exist would be lost."""
    units, unit = console(request).units, said.get("unit", "")
    if units and unit and unit not in units:
        raise Refused(f"名录里没有“{unit}”这个单位，请从列表里选")


def _chat_topic(kept: Kept) -> tuple[str, ...]:
    return (f"chat:{kept.citizen_id}",) if kept.citizen_id is not None else ()


async def _show(
    request: web.Request,
    status: int = 200,
    failed: str = "",
    reason: str = "",
    typed: Mapping[str, str] | None = None,
    *,
    clear: bool = False,
) -> web.Response:
    member = request[MEMBER]
    async with services(request).database.transaction() as connection:
        kept = await access.whole(connection, member, request.match_info["number"])
        events = await history(connection, kept.id)
        told = await transcript.of_order(connection, kept.id)
        attached = await attachments.of_order(connection, kept.id)
        names = {known.login: known.name for known in await staff.everyone(connection)}
        actions = _allowed(member, kept, services(request).clock.now())
        proposed = await _proposed(request, connection, kept, actions)
        alike = await _alike(request, connection, member, kept)
        cluster = await clusters.of(connection, member, kept.number, number_in(request, "linked"))
    may_clear = access.may_clear(member, kept)
    if not clear:
        mask = Mask.of_order(kept.order)
        events, told = list(map(mask.event, events)), list(map(mask.line, told))
        kept = access.view(kept, member)
    values: dict[str, Any] = {
        "clear": clear,
        "may_clear": may_clear,
        "kept": kept,
        "order": kept.order,
        "events": events[::-1],
        "told": told,
        "pictures": [row for row in attached if row.citizen_id is not None],
        "attached": {row.id: row for row in attached},
        "accepted": ACCEPTED,
        "most": MOST,
        "largest": LARGEST,
        "names": names,
        "actions": actions,
        "forms": FORMS,
        "first": FIRST,
        "name": name,
        "proposed": proposed,
        "alike": alike,
        "cluster": cluster,
        "may_change": clusters.may_change(member),
        "lost": [] if failed in actions else _lost(failed, typed or {}),
        "units": console(request).units,
        "failed": failed,
        "reason": reason,
        "conflict": status == 409,
        "typed": typed or {},
    }
    return await page(request, "order.html", values, status=status)


def _lost(failed: str, typed: Mapping[str, str]) -> list[str]:
    """What somebody typed into a form that is gone now."""
    fields = FORMS[failed].fields if failed else ()
    return [typed[field.name] for field in fields if typed.get(field.name)]


async def _alike(
    request: web.Request, connection: Connection, member: Member, kept: Kept
) -> list[Alike]:
    """Open orders that may be the same matter, for those who may see them all."""
    if member.role is Role.HANDLER or kept.order.state not in lifecycle.OPEN:
        return []
    found = await duplicates.alike(connection, kept, services(request).clock.now())
    texts = {one.kept.id for one in found}
    for other in await bursts.alike(connection, kept.id):
        # Alike in meaning at the same place, however it is worded.
        if other.id not in texts and other.order.state in lifecycle.OPEN:
            found.append(duplicates.compared(kept, other))
    others = [one for one in found if not _are_joined(kept, one.kept)][:MOST_ALIKE]
    return [replace(one, kept=access.view(one.kept, member)) for one in others]


def _are_joined(one: Kept, other: Kept) -> bool:
    return (one.order.master or one.number) == (other.order.master or other.number)


async def _proposed(
    request: web.Request, connection: Connection, kept: Kept, actions: Sequence[str]
) -> list[Proposal]:
    """The units to choose from with one key, while the order waits for one."""
    # A second press of the key must not send it once more, or on to another unit.
    if "dispatch" not in actions or kept.order.state is State.SIGNING:
        return []
    return await propose(connection, kept, services(request).clock.now())


def _allowed(member: Member, kept: Kept, now: datetime) -> list[str]:
    """The steps this member may take now, by the table of the lifecycle."""
    if not may(member, "orders.act"):
        return []
    return [kind for kind in FORMS if lifecycle.may(kept.order, kind, member.role, now)]
