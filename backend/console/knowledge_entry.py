"""One entry of the knowledge base: its text, its figures, its past, and what may be done to it."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from backend import forms, staff
from backend.console import access
from backend.console.context import MEMBER, console, flash, may, need, page, see, services
from backend.console.entry_form import entry_in
from backend.database import Connection, Unavailable
from backend.knowledge import editing, figures, review, revisions
from backend.knowledge.difference import differences
from backend.knowledge.entry import Conflict, Entry, Refused
from backend.knowledge.revisions import By
from backend.staff import Member

PERIOD = 30
routes = web.RouteTableDef()

Form = Mapping[str, str]
Act = Callable[[Connection, int, Form, By, int], Awaitable[object]]


async def _change(connection: Connection, entry_id: int, form: Form, by: By, seen: int) -> object:
    return await editing.change(connection, entry_id, entry_in(form), _why(by), seen)


async def _restore(connection: Connection, entry_id: int, form: Form, by: By, seen: int) -> object:
    number = form.get("number", "")
    if not number.isdecimal():
        raise Refused("没有说要恢复成哪一版")
    return await editing.restore(connection, entry_id, int(number[:9]), by, seen)


async def _retire(connection: Connection, entry_id: int, _form: Form, by: By, seen: int) -> object:
    return await editing.retire(connection, entry_id, _why(by), seen)


async def _revive(connection: Connection, entry_id: int, _form: Form, by: By, seen: int) -> object:
    return await editing.revive(connection, entry_id, by, seen)


async def _report(connection: Connection, entry_id: int, _form: Form, by: By, seen: int) -> object:
    return await editing.report(connection, entry_id, by, seen)


async def _clear(connection: Connection, entry_id: int, _form: Form, by: By, seen: int) -> object:
    return await editing.clear(connection, entry_id, _why(by), seen)


async def _confirm(connection: Connection, entry_id: int, _form: Form, by: By, seen: int) -> object:
    if not await review.confirm(connection, {entry_id: seen}, by):
        raise Conflict("这条知识刚刚被改过，或者已不再答复市民，请看过再确认")
    return None


ACTS: Mapping[str, tuple[str, Act, str]] = {
    "change": ("knowledge.edit", _change, "已保存，市民马上就能得到新的答复"),
    "restore": ("knowledge.edit", _restore, "已恢复成以前的内容"),
    "retire": ("knowledge.edit", _retire, "已停用，不再答复市民"),
    "revive": ("knowledge.edit", _revive, "已恢复使用"),
    "clear": ("knowledge.edit", _clear, "已撤销报错，恢复答复"),
    "confirm": ("knowledge.confirm", _confirm, "已确认仍然有效"),
    "report": ("knowledge.confirm", _report, "已报错，改好之前不再用它答复市民"),
}
"""What may be done on this page: the right it needs, how, and what is said when it was done."""


@routes.get("/knowledge/new", name="knowledge-new")
async def blank(request: web.Request) -> web.Response:
    """An empty form."""
    need(request, "knowledge.edit")
    return await _form(request, Entry("", ""))


@routes.post("/knowledge/new")
async def add(request: web.Request) -> web.Response:
    """Add an entry; refused, show the form again with what was typed."""
    member, shared = need(request, "knowledge.edit"), services(request)
    form = await _read(request)
    try:
        async with shared.database.transaction() as connection:
            kept = await editing.add(connection, entry_in(form), _by(request, member, form))
    except Refused as refused:
        return await _form(request, entry_in(form), str(refused))
    shared.live.tell("knowledge")
    await flash(request, "已添加，市民马上就能得到这个答复")
    raise see(f"/knowledge/{kept.id}")


@routes.get(r"/knowledge/{id:\d{1,18}}", name="knowledge-entry")
async def show(request: web.Request) -> web.Response:
    """One entry, as far as the member sees it."""
    need(request, "knowledge.read")
    return await _show(request)


@routes.post(r"/knowledge/{id:\d{1,18}}/{act:[a-z]{1,20}}", name="knowledge-act")
async def act(request: web.Request) -> web.Response:
    """Do something to an entry; refused or too late, show the page with what was typed."""
    name = request.match_info["act"]
    if name not in ACTS:
        raise web.HTTPNotFound
    right, work, said = ACTS[name]
    member, shared, form = need(request, right), services(request), await _read(request)
    seen = form.get("seen", "")
    try:
        async with shared.database.transaction() as connection:
            kept = await access.entry(connection, member, _id(request))
            by = _by(request, member, form)
            await work(connection, kept.id, form, by, int(seen) if seen.isdecimal() else 0)
    except Conflict as conflict:
        return await _show(request, 409, name, str(conflict), form)
    except Refused as refused:
        return await _show(request, 422, name, str(refused), form)
    except Unavailable:
        # Another writer, perhaps a large import, has the knowledge base for seconds.
        busy = "知识库正忙（可能有人在导入），还没有保存，请过一会儿再试"
        return await _show(request, 503, name, busy, form)
    shared.live.tell("knowledge", "alerts")
    await flash(request, said)
    raise see(f"/knowledge/{kept.id}")


async def _read(request: web.Request) -> Form:
    return {name: str(value) for name, value in (await forms.fields(request)).items()}


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _by(request: web.Request, member: Member, form: Form) -> By:
    why = " ".join(form.get("why", "").split())[:500]
    return By(member.actor, services(request).clock.now(), why)


def _why(by: By) -> By:
    if not by.why:
        raise Refused("请写明为什么这样改，以后的人要看得懂")
    return by


async def _form(request: web.Request, typed: Entry, reason: str = "") -> web.Response:
    values = {"typed": typed, "reason": reason, "units": console(request).units}
    return await page(request, "knowledge_new.html", values, status=422 if reason else 200)


async def _show(
    request: web.Request,
    status: int = 200,
    failed: str = "",
    reason: str = "",
    form: Form | None = None,
) -> web.Response:
    member, shared, form = request[MEMBER], services(request), form or {}
    now = shared.clock.now()
    async with shared.database.transaction() as connection:
        entry = await access.entry(connection, member, _id(request))
        past = await revisions.history(connection, entry.id, 21)
        told = await figures.of_some(connection, [entry.id], figures.since(now, PERIOD))
        ever = await figures.of_some(connection, [entry.id])
        names = {known.login: known.name for known in await staff.everyone(connection)}
    typed = entry_in(form, entry.id) if failed == "change" else entry
    values: dict[str, Any] = {
        "entry": entry,
        "standing": entry.standing(now),
        "typed": typed,
        "pending": differences(entry, typed) if status == 409 else (),
        "past": _with_differences(past),
        "figures": ((PERIOD, told[entry.id]), (0, ever[entry.id])),
        "names": names,
        "open": review.is_due(entry, now, console(request).review),
        "units": console(request).units,
        "failed": failed,
        "reason": reason,
        "why": form.get("why", ""),
        "editing": may(member, "knowledge.edit"),
        "confirming": may(member, "knowledge.confirm"),
    }
    return await page(request, "knowledge_entry.html", values, status=status)


def _with_differences(past: Any) -> list[tuple[Any, Any]]:
    """Each revision with what it changed; the oldest shown has nothing to compare with."""
    shown = [
        (newer, differences(older.entry, newer.entry)) for newer, older in itertools.pairwise(past)
    ]
    return [*shown[:20], (past[-1], ())] if 0 < len(past) <= 20 else shown[:20]
