"""Import and export of the knowledge base: a file is tried first, and written when confirmed."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from backend import forms
from backend.clock import city_time
from backend.console import access
from backend.console.context import flash, need, page, see, services
from backend.database import Connection
from backend.knowledge import files, imports, store, uploads
from backend.knowledge.difference import differences
from backend.knowledge.entry import Refused
from backend.knowledge.files import BadFile, Sheet
from backend.knowledge.imports import Summary
from backend.knowledge.revisions import By
from backend.knowledge.uploads import Upload

LARGEST = 10 * 2**20
"""Bytes of a file; a larger one is for the command, which shows how far it is."""
MOST = 20_000
"""Rows of a file, and entries of a workbook: more of them would make citizens wait."""
SHOWN = 100
TYPES = {**forms.SHEETS, "yml": "application/yaml"}
routes = web.RouteTableDef()


@routes.get("/knowledge/files", name="knowledge-files")
async def show(request: web.Request) -> web.Response:
    """Where files are chosen and fetched."""
    need(request, "knowledge.read")
    return await page(request, "knowledge_files.html", {"reason": ""})


@routes.post("/knowledge/files")
async def preview(request: web.Request) -> web.Response:
    """Say what a file would do, row by row; nothing is written yet."""
    member, shared = need(request, "knowledge.edit"), services(request)
    try:
        upload = await _uploaded(request)
        sheet = await asyncio.to_thread(_parse, upload)
        async with shared.database.transaction() as connection:
            token = await uploads.keep(connection, member.id, upload, shared.clock.now())
            values = await _try(connection, upload, sheet, By(member.actor, shared.clock.now()))
    except (BadFile, Refused) as error:
        return await page(request, "knowledge_files.html", {"reason": str(error)}, status=422)
    return await page(request, "knowledge_preview.html", {"token": token, **values})


@routes.post(r"/knowledge/files/{token:\d{1,18}}", name="knowledge-file")
async def confirm(request: web.Request) -> web.Response:
    """Write the file that was tried, exactly as it was."""
    member, shared = need(request, "knowledge.edit"), services(request)
    token = int(request.match_info["token"])
    async with shared.database.transaction() as connection:
        upload = await uploads.take(connection, member.id, token)
    if upload is None:
        await flash(request, "这个文件已经导入过，或者放了太久，请重新选择文件")
        raise see("/knowledge/files")
    sheet = await asyncio.to_thread(_parse, upload)
    by = By(member.actor, shared.clock.now(), f"导入 {upload.name}")
    async with shared.database.transaction() as connection:
        done = await imports.save(
            connection, sheet.lines, by, given=sheet.given, replace=upload.replace,
            strict=upload.strict,
        )  # fmt: skip
        await uploads.drop(connection, token)
    shared.live.tell("knowledge")
    await flash(request, _said(done, upload))
    raise see("/knowledge")


@routes.get(r"/knowledge/export.{ending:csv|xlsx|yml}", name="knowledge-export")
async def export(request: web.Request) -> web.Response:
    """The entries in use that the member sees, as a file that can be imported again."""
    member, shared = need(request, "knowledge.read"), services(request)
    ending = request.match_info["ending"]
    units = access.knowledge_units(member)
    async with shared.database.transaction() as connection:
        entries = [e for e in await store.everything(connection, units) if not e.retired]
    if ending != "csv" and len(entries) > MOST:
        reason = f"知识超过{MOST}条，请导出为 .csv，或用命令 huiying knowledge export"
        return await page(request, "knowledge_files.html", {"reason": reason}, status=422)
    content = await asyncio.to_thread(files.write, f"知识库.{ending}", entries)
    name = quote(f"知识库-{city_time(shared.clock.now()):%Y%m%d}.{ending}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return web.Response(body=content, content_type=TYPES[ending], headers=headers)


async def _uploaded(request: web.Request) -> Upload:
    """The file of a form and how it is to be imported. Raises Refused."""
    if not request.content_type.startswith("multipart/"):
        raise Refused("请选择一个文件")
    try:
        return await _read(request)
    except forms.UNREADABLE:
        raise Refused("没有读到文件，请重新选择") from None


async def _read(request: web.Request) -> Upload:
    name, content, chosen = "", b"", set()
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            name, content = part.filename or "", await _content(part)
        else:
            chosen.add(f"{part.name}={(await part.text())[:9]}")
    if not name:
        raise Refused("请选择一个文件")
    return Upload(name[-100:], content, "replace=on" in chosen, "strict=on" in chosen)


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(2**16):
        content += chunk
        if len(content) > LARGEST:
            raise Refused(f"文件超过{LARGEST // 2**20}MB，请用命令 huiying knowledge import 导入")
    return bytes(content)


def _parse(upload: Upload) -> Sheet:
    sheet = files.read(upload.name, upload.content)
    if len(sheet.lines) > MOST:
        raise Refused(f"文件超过{MOST}行，请用命令 huiying knowledge import 导入")
    return sheet


async def _try(connection: Connection, upload: Upload, sheet: Sheet, by: By) -> dict[str, Any]:
    found = await imports.save(
        connection, sheet.lines, by, given=sheet.given, replace=upload.replace,
        strict=upload.strict, dry_run=True,
    )  # fmt: skip
    pairs = await imports.changing(connection, SHOWN)
    return {
        "upload": upload,
        "sheet": sheet,
        "found": found,
        "changed": [(new.title, differences(old, new), old.retired) for old, new in pairs],
        "shown": SHOWN,
        "nothing": bool(upload.strict and found.refused)
        or not (found.added or found.changed or found.retired),
    }


def _said(done: Summary, upload: Upload) -> str:
    counts = (
        f"新增{len(done.added)}条，修改{len(done.changed)}条，停用{len(done.retired)}条，"
        f"未变{len(done.unchanged)}条，拒绝{len(done.refused)}条"
    )
    if upload.strict and done.refused:
        return f"没有写入任何一条：现在有{len(done.refused)}行被拒绝"
    return f"已导入 {upload.name}：{counts}"
