"""Attachments through the API: a platform adds to its orders, and fetches those of closings."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from backend import attachments, forms
from backend.api import shelf
from backend.api.access import need
from backend.api.model import Attachments, AttachmentView
from backend.api.orders import answer, seen
from backend.api.problem import Wrong
from backend.database import Connection
from backend.files import FOLDER_KEY
from backend.orders import service, store
from backend.orders.lifecycle import CLOSED, Event
from backend.orders.store import Kept
from backend.platforms import Platform, Scope
from backend.services import SERVICES

LONGEST = 2000
"""Characters of the words beside files, as of a note."""
routes = web.RouteTableDef()


@routes.get(r"/orders/{number:\w{1,40}}/attachments", name="attachments")
async def index(request: web.Request) -> web.Response:
    """What the platform attached itself, and what came with an accepted closing."""
    platform, services = need(request, Scope.ATTACHMENTS), request.config_dict[SERVICES]
    async with services.database.transaction() as connection:
        kept = (await shelf.find(connection, platform, request.match_info["number"])).kept
        rows = await _visible(connection, platform, kept)
    return answer(_shown(rows))


@routes.post(r"/orders/{number:\w{1,40}}/attachments", name="attach")
async def attach(request: web.Request) -> web.Response:
    """Add files (multipart/form-data) as a note, whose words may stand in `text`."""
    platform, services = need(request, Scope.ATTACHMENTS), request.config_dict[SERVICES]
    if not request.content_type.startswith("multipart/form-data"):
        raise Wrong(415, "请用 multipart/form-data 发送文件")
    posted = await forms.read(request)
    text = posted.words.get("text", "").strip() or "附件"
    if not posted.sources or len(text) > LONGEST:
        raise Wrong(422, f"请至少带一个文件；text 最多{LONGEST}字")
    folder, version = request.config_dict[FOLDER_KEY], seen(request)
    async with (
        folder.keeping(posted.sources) as files,
        services.database.transaction() as connection,
    ):
        kept = (await shelf.find_own(connection, platform, request.match_info["number"])).kept
        now = services.clock.now()
        ids = await attachments.attach(connection, kept.id, "note", files, now)
        await service.act(
            connection, kept.number, "note", actor=platform.actor, now=now,
            data={"text": text, "attachments": ids}, seen=version,
        )  # fmt: skip
        rows = await attachments.named(connection, kept.id, frozenset(ids))
    services.live.tell("orders", "alerts")
    return answer(_shown(rows), status=201)


@routes.get(r"/orders/{number:\w{1,40}}/attachments/{id:\d{1,18}}", name="attachment")
async def download(request: web.Request) -> web.StreamResponse:
    """The file."""
    platform, services = need(request, Scope.ATTACHMENTS), request.config_dict[SERVICES]
    wanted = int(request.match_info["id"])
    async with services.database.transaction() as connection:
        kept = (await shelf.find(connection, platform, request.match_info["number"])).kept
        rows = await _visible(connection, platform, kept)
    path = next((row.path for row in rows if row.id == wanted), "")
    found = request.config_dict[FOLDER_KEY].response(path) if path else None
    if found is None:
        raise Wrong(404, "没有这个附件")
    return found


async def _visible(connection: Connection, platform: Platform, kept: Kept) -> list[Any]:
    events = await store.history(connection, kept.id)
    closing = attachments.of_closing(events) if kept.order.state in CLOSED else frozenset()
    return await attachments.named(connection, kept.id, _own(events, platform) | closing)


def _own(events: Sequence[Event], platform: Platform) -> frozenset[int]:
    mine = (event for event in events if event.actor == platform.actor)
    return frozenset(one for event in mine for one in event.data.get("attachments", ()))


def _shown(rows: Sequence[Any]) -> Attachments:
    return Attachments(
        [AttachmentView(row.id, row.step, row.kind, row.format, row.created_at) for row in rows]
    )
