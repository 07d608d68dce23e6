"""The monthly review: a unit confirms its entries, and everybody sees who is late."""

from aiohttp import web

from backend import forms
from backend.console import access
from backend.console.context import console, flash, may, need, page, see, services
from backend.knowledge import review
from backend.knowledge.revisions import By

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/knowledge/review", name="knowledge-review")
async def show(request: web.Request) -> web.Response:
    """How the units stand, and the entries that are still to be confirmed."""
    member, shared = need(request, "knowledge.read"), services(request)
    policy, now = console(request).review, shared.clock.now()
    own = access.knowledge_units(member)
    unit = request.query.get("unit") if own is None else (own or ("",))[0]
    late = request.query.get("late") == "1"
    async with shared.database.transaction() as connection:
        units = await review.by_unit(connection, now, policy, own)
        entries = []
        if unit is not None and own != ():
            entries = await review.entries(
                connection, now, policy, unit=unit, late=late, limit=PAGE + 1
            )
        missed = await review.missed(connection, units=own, limit=60)
    values = {
        "units": units,
        "unit": unit,
        "late": late,
        "entries": entries[:PAGE],
        "more": len(entries) > PAGE,
        "missed": missed,
        "policy": policy,
        "cutoffs": review.cutoffs(now, policy),
        "own": own is not None,
        "confirming": may(member, "knowledge.confirm"),
    }
    return await page(request, "knowledge_review.html", values)


@routes.post("/knowledge/review")
async def confirm(request: web.Request) -> web.Response:
    """Confirm the entries that were ticked, as they were read."""
    member, shared = need(request, "knowledge.confirm"), services(request)
    form = await forms.fields(request)
    seen = _seen([str(value) for value in form.getall("entry", [])])
    async with shared.database.transaction() as connection:
        by = By(member.actor, shared.clock.now())
        done = await review.confirm(connection, seen, by, access.knowledge_units(member))
    left = len(seen) - done
    if not seen:
        await flash(request, "没有勾选任何条目，请先勾选看过的知识")
    else:
        moved = f"；另有{left}条刚刚被改过或已不再使用，请再看一遍" if left else ""
        await flash(request, f"已确认{done}条仍然有效{moved}")
    raise see(f"/knowledge/review{_back(request)}")


def _seen(values: list[str]) -> dict[int, int]:
    """Ids and revisions from the ticks `id:revision`; what is no such thing is left out."""
    pairs = [value.split(":") for value in values[:1000]]
    return {
        int(pair[0]): int(pair[1])
        for pair in pairs
        if len(pair) == 2 and all(part.isascii() and part.isdigit() for part in pair)
        and all(len(part) <= 18 for part in pair)
    }  # fmt: skip


def _back(request: web.Request) -> str:
    return f"?{request.query_string}" if request.query_string else ""
