"""What every page of the console has at hand: services, who is logged in, what they may do."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from aiohttp_session import get_session

from backend.console.throttle import Throttle
from backend.files import Folder
from backend.knowledge.review import Policy
from backend.services import SERVICES, Services
from backend.staff import ROLE_NAMES, Member, Role
from backend.trial import Trial

PREFIX = "/console"
"""Where the console is mounted (docs/design.md section 12)."""


@dataclass(frozen=True, slots=True)
class Console:
    """What belongs to the console alone."""

    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    folder: Folder | None = None
    trial: Trial | None = None
    review: Policy = field(default_factory=Policy)
    per_login: Throttle = field(default_factory=lambda: Throttle(5, 600))
    per_address: Throttle = field(default_factory=lambda: Throttle(50, 600))
    streams: set[asyncio.Task[Any]] = field(default_factory=set)


CONSOLE = web.AppKey("console", Console)
MEMBER = web.RequestKey("member", Member)

R = Role
PERMISSIONS: Mapping[str, frozenset[Role]] = {
    "chats.read": frozenset({R.AGENT, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "chats.act": frozenset({R.AGENT, R.SUPERVISOR, R.ADMIN}),
    "orders.read": frozenset({R.AGENT, R.HANDLER, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "orders.act": frozenset({R.AGENT, R.HANDLER, R.SUPERVISOR, R.ADMIN}),
    "returns.read": frozenset({R.AGENT, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "duties.read": frozenset(R),
    "duties.edit": frozenset({R.SUPERVISOR, R.ADMIN}),
    "board.read": frozenset({R.AGENT, R.HANDLER, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "notices.read": frozenset(R),
    "notices.act": frozenset(R) - {R.AUDITOR},
    "messages.read": frozenset({R.AGENT, R.SUPERVISOR, R.ADMIN, R.AUDITOR, R.EDITOR}),
    "failures.read": frozenset({R.AGENT, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    # Asking to see who a citizen is; access.may_clear says of which orders.
    "personal.read": frozenset({R.AGENT, R.HANDLER, R.SUPERVISOR, R.ADMIN}),
    "accesses.read": frozenset({R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "webhooks.act": frozenset({R.SUPERVISOR, R.ADMIN}),
    "questions.read": frozenset({R.EDITOR, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "questions.act": frozenset({R.EDITOR, R.ADMIN}),
    "trial.use": frozenset({R.AGENT, R.EDITOR, R.SUPERVISOR, R.ADMIN, R.AUDITOR}),
    "questions.report": frozenset({R.AGENT, R.EDITOR, R.SUPERVISOR, R.ADMIN}),
    "knowledge.read": frozenset(R),
    "knowledge.confirm": frozenset({R.HANDLER, R.ADMIN, R.EDITOR}),
    "knowledge.edit": frozenset({R.ADMIN, R.EDITOR}),
}
"""Which roles may do what in the console; lifecycle.STEPS says it for each step of an order."""


def services(request: web.Request) -> Services:
    """The shared parts of the backend."""
    return request.config_dict[SERVICES]


def console(request: web.Request) -> Console:
    """The console's own parts."""
    return request.config_dict[CONSOLE]


def may(member: Member, what: str) -> bool:
    """Whether the role of a member allows something of PERMISSIONS."""
    return member.role in PERMISSIONS[what]


def need(request: web.Request, what: str) -> Member:
    """The member at the browser. Raises 403 when their role does not allow `what`."""
    member = request[MEMBER]
    if not may(member, what):
        raise web.HTTPForbidden(text=f"您的角色（{ROLE_NAMES[member.role]}）不能打开这一页。")
    return member


def context(request: web.Request) -> dict[str, Any]:
    """What every template may use."""
    member = request.get(MEMBER)
    return {
        "me": member,
        "role_name": ROLE_NAMES[member.role] if member else "",
        "may": lambda what: member is not None and may(member, what),
        "now": services(request).clock.now(),
        "path": request.path,
        "query": request.query,
        "root": PREFIX,
    }


async def flash(request: web.Request, text: str) -> None:
    """Say something on the next page."""
    (await get_session(request))["flash"] = text


async def page(
    request: web.Request, template: str, values: Mapping[str, Any], status: int = 200
) -> web.Response:
    """A whole page, with what was to be said on it."""
    session = await get_session(request)
    said = session.pop("flash", "") if "flash" in session else ""
    return aiohttp_jinja2.render_template(
        template, request, context(request) | {"flash": said, **values}, status=status
    )


def part(request: web.Request, template: str, values: Mapping[str, Any]) -> web.Response:
    """A part of a page that is asked for again when something changed."""
    return aiohttp_jinja2.render_template(template, request, {**context(request), **values})


def see(path: str) -> web.HTTPSeeOther:
    """Go on to another page of the console after something was done."""
    return web.HTTPSeeOther(f"{PREFIX}{path}")


def hasty(request: web.Request) -> bool:
    """True when htmx asks, which shows a part and not a page."""
    return request.headers.get("HX-Request") == "true"


def number_in(request: web.Request, name: str) -> int | None:
    """A whole number from the query, None if it is missing or no such thing."""
    return whole(request.query.get(name, ""))


def whole(text: str) -> int | None:
    """The whole number a text is, None if it is none that the database can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
