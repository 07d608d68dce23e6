"""Orders through the API: file, read, list, and the steps a platform may take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from backend import accesses, webhooks
from backend.api import history, shelf
from backend.api.access import PLATFORM, need
from backend.api.idempotency import once
from backend.api.model import STEPS, Created, NewOrder, OrderView, Page, Progresses
from backend.api.problem import Wrong
from backend.api.shelf import Owned
from backend.clock import CITY
from backend.database import Connection
from backend.orders import duplicates, rules, service, store
from backend.orders.lifecycle import FIELDS, State
from backend.orders.store import Kept
from backend.platforms import Platform, Scope
from backend.services import SERVICES

PAGE, LONGEST_PAGE = 50, 200
routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class City:
    """The city's own words: categories (一级/二级) and areas that orders may name."""

    categories: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()


CITY_WORDS = web.AppKey("city_words", City)


@routes.post("/orders", name="create")
async def create(request: web.Request) -> web.Response:
    """File an order; the same sender's number is the same order."""
    platform = need(request, Scope.WRITE)
    wanted = decode(await request.read(), NewOrder)
    _check_words(request, wanted.category, wanted.area)

    async def work(connection: Connection, now: datetime) -> tuple[int, Created]:
        before = await shelf.known(connection, platform, wanted.external_number)
        kept = before or await _file(connection, platform, wanted, now)
        return 200 if before else 201, _created(kept, wanted.external_number)

    response = await once(request, work, required=True)
    request.config_dict[SERVICES].live.tell("orders", "alerts")
    return response


async def _file(
    connection: Connection, platform: Platform, wanted: NewOrder, now: datetime
) -> Kept:
    """A new order of this platform, in its source (来源渠道)."""
    desks = (await rules.current(connection)).desks
    if wanted.desk and wanted.desk not in desks:
        raise Wrong(422, f"没有“{wanted.desk}”这个专席；可用的有：{'、'.join(desks) or '无'}")
    said = {name: value for name, value in msgspec.to_builtins(wanted).items() if name in FIELDS}
    fields = said | {"channel": platform.channel, "tags": [wanted.desk] if wanted.desk else []}
    kept = await store.add(connection, fields, citizen_id=None, actor=platform.actor, now=now)
    created = (await store.history(connection, kept.id))[0]
    await shelf.own(connection, platform, kept.id, wanted.external_number)
    await webhooks.enqueue(connection, kept.id, 1, created)
    return await duplicates.join(connection, kept, now)


def _created(kept: Kept, external_number: str) -> Created:
    order = kept.order
    return Created(kept.number, external_number, order.state, order.version, order.master)


@routes.get("/orders", name="list")
async def index(request: web.Request) -> web.Response:
    """The platform's orders, the longest unchanged first: follow them with `updated_since`."""
    platform, query = need(request, Scope.READ), request.query
    async with request.config_dict[SERVICES].database.transaction() as connection:
        found, cursor = await shelf.page(
            connection,
            platform,
            state=_parsed(query.get("state"), State, f"state 应是：{'、'.join(State)}"),
            external_number=query.get("external_number", "").replace("\0", ""),
            since=_parsed(query.get("updated_since"), _moment, "updated_since 应是 ISO 8601 时间"),
            cursor=query.get("cursor", ""),
            limit=_parsed(query.get("limit"), _limit, f"limit 应是1到{LONGEST_PAGE}的整数") or PAGE,
        )
        views = [await _view(request, connection, owned) for owned in found]
    return answer(Page(views, cursor))


@routes.get(r"/orders/{number:\w{1,40}}", name="read")
async def show(request: web.Request) -> web.Response:
    """One order; its version is in ETag."""
    platform = need(request, Scope.READ)
    async with request.config_dict[SERVICES].database.transaction() as connection:
        owned = await shelf.find(connection, platform, request.match_info["number"])
        view = await _view(request, connection, owned)
    return answer(view, ETag=f'"{view.version}"')


@routes.get(r"/orders/{number:\w{1,40}}/events", name="events")
async def events(request: web.Request) -> web.Response:
    """What happened to an order, without what is the office's own."""
    platform = need(request, Scope.READ)
    async with request.config_dict[SERVICES].database.transaction() as connection:
        found = await shelf.find(connection, platform, request.match_info["number"])
        happened = await store.history(connection, found.kept.id)
    told = history.progress(found.kept, happened, found.external_number)
    return answer(Progresses(list(told)))


@routes.post(r"/orders/{number:\w{1,40}}/steps/{step:\w{1,20}}", name="step")
async def step(request: web.Request) -> web.Response:
    """Take a step of the lifecycle; If-Match says which version the platform was looking at."""
    platform, kind = need(request, Scope.ACT), request.match_info["step"]
    if kind not in STEPS:
        raise Wrong(404, f"没有“{kind}”这个操作；可用的有：{'、'.join(STEPS)}")
    data = msgspec.to_builtins(decode(await request.read() or b"{}", STEPS[kind]))
    _check_words(request, data.get("category", ""), data.get("area", ""))
    version = seen(request)

    async def work(connection: Connection, now: datetime) -> tuple[int, Created]:
        found = await shelf.find_own(connection, platform, request.match_info["number"])
        kept = await service.act(
            connection, found.kept.number, kind,
            actor=platform.actor, now=now, data=data, seen=version,
        )  # fmt: skip
        return 200, _created(kept, found.external_number)

    response = await once(request, work, required=False)
    request.config_dict[SERVICES].live.tell("outbox", "orders", "alerts")
    return response


def decode(body: bytes, form: type[Any]) -> Any:
    """What a request says. Raises Wrong 400, or ValidationError (422) with the field."""
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Wrong(400, "请求内容不是 UTF-8 的 JSON") from None


def _check_words(request: web.Request, category: str, area: str) -> None:
    """A category or an area that the city does not have would count nowhere."""
    city = request.config_dict[CITY_WORDS]
    if category and city.categories and category not in city.categories:
        raise Wrong(422, "没有这个 category；分类名录见 openapi.json，拿不准就不填")
    if area and city.areas and area not in city.areas:
        raise Wrong(422, "没有这个 area；区域名录见 openapi.json，拿不准就不填")


def seen(request: web.Request) -> int | None:
    """The version that the platform was looking at (If-Match), None if it does not say."""
    tag = request.headers.get("If-Match", "").strip()
    if tag in ("", "*"):
        return None
    version = tag.removeprefix("W/").strip('"')
    # What cannot be a version is one that nobody has.
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def _parsed(words: str | None, read: Callable[[str], Any], otherwise: str) -> Any:
    """A value of the query, None where it is missing."""
    if not words:
        return None
    try:
        return read(words)
    except (ValueError, OverflowError):
        raise Wrong(400, otherwise) from None


def _moment(words: str) -> datetime:
    """A moment; without a time zone it is the city's."""
    # A plus sign that was not escaped arrives as a blank.
    moment = datetime.fromisoformat(words.replace(" ", "+") if "T" in words else words)
    return (moment if moment.tzinfo else moment.replace(tzinfo=CITY)).astimezone(UTC)


def _limit(words: str) -> int:
    number = int(words) if words.isascii() and len(words) < 5 else 0
    if not 1 <= number <= LONGEST_PAGE:
        raise ValueError(words)
    return number


async def _view(request: web.Request, connection: Connection, owned: Owned) -> OrderView:
    kept = owned.kept
    if owned.clear:
        await accesses.note(
            connection,
            actor=request[PLATFORM].name,
            role="platform",
            what="order",
            page=request.path,
            now=request.config_dict[SERVICES].clock.now(),
            order_id=kept.id,
        )
    order = kept.order
    names = set(OrderView.__struct_fields__)
    same = {name: getattr(order, name) for name in order.__dataclass_fields__ if name in names}
    joined = await shelf.master(connection, kept)
    own: dict[str, Any] = {
        "number": kept.number,
        "external_number": owned.external_number,
        "tags": list(order.tags),
        "reply": history.reply(order),
        "joined": history.standing(joined) if joined else None,
    }
    return OrderView(**(same | own))


def answer(value: Any, status: int = 200, **headers: str) -> web.Response:
    """A value of the types of model.py as JSON."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers=headers,
    )
