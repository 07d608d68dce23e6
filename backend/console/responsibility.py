"""The responsibility list (职责清单): who answers for what, where it overlaps, what nobody has."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from backend import forms
from backend.clock import city_time
from backend.console.context import console, flash, hasty, need, page, see, services
from backend.database import Connection
from backend.orders import responsibility
from backend.orders.lifecycle import Refused
from backend.orders.responsibility import Duty, Import
from backend.sheets import BadSheet

log = logging.getLogger(__name__)

LARGEST = 2 * 2**20
"""Bytes of a file: tens of thousands of rows."""
SHOWN = 500
"""Rows on a page; the rest is found by matter and area."""
routes = web.RouteTableDef()


@routes.get("/responsibility", name="responsibility")
async def show(request: web.Request) -> web.Response:
    """The list by matter and area, with its overlaps and gaps."""
    need(request, "duties.read")
    return await _show(request)


@routes.post("/responsibility")
async def import_file(request: web.Request) -> web.Response:
    """Take a file in, or only say what that would do (`dry`)."""
    member, shared = need(request, "duties.edit"), services(request)
    posted = await forms.read(request)
    replaces, dry = "replace" in posted.words, "dry" in posted.words
    try:
        duties, refused = await _parsed(request, posted)
    except (BadSheet, Refused) as error:
        if hasty(request):
            return web.Response(status=422, text=str(error))
        return await _show(request, {"reason": str(error)}, status=422)
    async with shared.database.transaction() as connection:
        found = await responsibility.save(
            connection, duties, shared.clock.now(), replace=replaces, dry_run=dry
        )
    if not dry:
        log.info(
            "responsibility list: %d written, %d removed by member %d",
            found.written, found.removed, member.id,
        )  # fmt: skip
    return await _show(request, {"found": found, "refused": refused, "dry": dry})


@routes.get(r"/responsibility/export.{ending:csv|xlsx}", name="responsibility-export")
async def export(request: web.Request) -> web.Response:
    """The whole list, past and future too, as a file that can be imported again."""
    need(request, "duties.read")
    ending, shared = request.match_info["ending"], services(request)
    async with shared.database.transaction() as connection:
        duties = await responsibility.everything(connection)
    content = await asyncio.to_thread(responsibility.write, f"职责清单.{ending}", duties)
    name = quote(f"职责清单-{city_time(shared.clock.now()):%Y%m%d}.{ending}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return web.Response(body=content, content_type=forms.SHEETS[ending], headers=headers)


@routes.get(r"/responsibility/{id:\d{1,18}}", name="duty")
async def edit(request: web.Request) -> web.Response:
    """One row, to be changed."""
    need(request, "duties.edit")
    async with services(request).database.transaction() as connection:
        duty = await responsibility.find(connection, int(request.match_info["id"]))
    if duty is None:
        raise web.HTTPNotFound(text="这一条刚刚被改过，请回到职责清单再看。")
    return await _form(request, responsibility.cells(duty))


@routes.post(r"/responsibility/{id:\d{1,18}}")
async def amend(request: web.Request) -> web.Response:
    """Change unit, dates and basis of a row; its matter and area stay."""
    member, shared = need(request, "duties.edit"), services(request)
    duty_id, words = int(request.match_info["id"]), (await forms.read(request)).words
    try:
        async with shared.database.transaction() as connection:
            done = await _amend(request, connection, duty_id, words)
    except Refused as refused:
        cells = dict.fromkeys(responsibility.COLUMNS, "") | words
        return await _form(request, cells, str(refused))
    if done:
        log.info("responsibility list: a row amended by member %d", member.id)
    await flash(request, "已修改" if done else "这一条刚刚被别人改过，请看最新的内容")
    raise see("/responsibility")


async def _amend(
    request: web.Request, connection: Connection, duty_id: int, words: Mapping[str, str]
) -> bool:
    known, before = console(request), await responsibility.find(connection, duty_id)
    if before is None:
        return False
    # A list that was made before a category or an area was renamed may still be ended.
    named = {"分类": before.category, "区域": before.area}
    duties, refused = responsibility.parse([(1, {**words, **named})], known.units, ())
    if refused:
        raise Refused(refused[0][1])
    said = {name: getattr(duties[0], name) for name in ("unit", "valid_from", "valid_to", "basis")}
    now = services(request).clock.now()
    return await responsibility.amend(connection, duty_id, replace(before, **said), now)


async def _parsed(
    request: web.Request, posted: forms.Posted
) -> tuple[list[Duty], list[tuple[int, str]]]:
    if not posted.sources:
        raise Refused("请选择一个文件")
    source, known = posted.sources[0], console(request)
    content = await asyncio.to_thread(source.content.read, LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(f"文件超过{LARGEST // 2**20}MB，请用命令 huiying responsibility import 导入")
    return await asyncio.to_thread(
        responsibility.read, source.name, content, known.units, known.areas
    )


async def _form(request: web.Request, cells: Mapping[str, str], reason: str = "") -> web.Response:
    values = {"cells": cells, "reason": reason, "units": console(request).units}
    return await page(request, "duty.html", values, status=422 if reason else 200)


NOTHING: Mapping[str, Any] = {"reason": "", "found": None, "refused": [], "dry": False}


async def _show(
    request: web.Request, said: Mapping[str, Import | Any] = NOTHING, status: int = 200
) -> web.Response:
    known, now = console(request), services(request).clock.now()
    wanted = {name: request.query.get(name, "") for name in ("category", "area", "all")}
    async with services(request).database.transaction() as connection:
        listed = await responsibility.numbered(connection)
    today = city_time(now).date()
    duties = [duty for _, duty in listed]
    rows = [
        (number, duty)
        for number, duty in listed
        if wanted["category"] in ("", duty.category, duty.category.partition("/")[0])
        and wanted["area"] in ("", duty.area or "全市")
        and (wanted["all"] or duty.holds(today))
    ]
    gaps = responsibility.missing(duties, known.categories, known.areas, today)
    values = {
        "rows": rows[:SHOWN],
        "total": len(rows),
        "today": today,
        "overlaps": responsibility.overlaps(duties),
        "gaps": gaps,
        "wanted": wanted,
        "uppers": sorted({category.partition("/")[0] for category in known.categories}),
        "areas": ("全市", *known.areas),
    }
    return await page(request, "responsibility.html", {**NOTHING, **said, **values}, status=status)
