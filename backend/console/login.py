"""Logging in and out."""

import logging

from aiohttp import web
from aiohttp_session import get_session, new_session

from backend import forms, staff
from backend.console.context import PREFIX, console, page, see, services
from backend.staff import Member

log = logging.getLogger(__name__)
routes = web.RouteTableDef()


@routes.get("/login", name="login")
async def show(request: web.Request) -> web.Response:
    """The login page; who is logged in already goes on."""
    if "member" in await get_session(request):
        raise see("/")
    return await _form(request)


@routes.post("/login")
async def log_in(request: web.Request) -> web.Response:
    """Check login and password; five failures of one login close it for ten minutes."""
    form = await forms.fields(request)
    login, password = str(form.get("login", "")).strip(), str(form.get("password", ""))
    wait = _wait(request, login)
    if wait > 0:
        minutes = int(wait // 60) + 1
        return await _form(request, login, f"失败次数太多，请 {minutes} 分钟后再试。", 429)
    member = await _check(request, login, password)
    if member is None:
        return await _form(request, login, "账号或密码不对，请重新输入。", 401)
    (await new_session(request))["member"] = member.id
    log.info("console: %s logged in", member.actor)
    raise see(_next(str(form.get("next", ""))))


@routes.post("/logout")
async def log_out(request: web.Request) -> web.Response:
    """Forget who is at the browser."""
    (await get_session(request)).invalidate()
    raise see("/login")


def _keys(request: web.Request, login: str) -> tuple[tuple[str, str], str]:
    address = request.remote or ""
    return (login, address), address


def _wait(request: web.Request, login: str) -> float:
    pair, address = _keys(request, login)
    own = console(request)
    return max(own.per_login.wait(pair), own.per_address.wait(address))


async def _check(request: web.Request, login: str, password: str) -> Member | None:
    own = console(request)
    pair, address = _keys(request, login)
    async with services(request).database.transaction() as connection:
        member = await staff.log_in(connection, login, password)
    if member is None:
        own.per_login.failed(pair)
        own.per_address.failed(address)
        log.warning("console: failed login from %s", address)
    else:
        own.per_login.succeeded(pair)
    return member


def _next(target: str) -> str:
    """Where to go after login: only to our own pages."""
    inside = target.startswith(f"{PREFIX}/") and "\\" not in target and "//" not in target
    return target.removeprefix(PREFIX) if inside else "/"


async def _form(
    request: web.Request, login: str = "", error: str = "", status: int = 200
) -> web.Response:
    values = {"login": login, "error": error, "next": request.query.get("next", "")}
    return await page(request, "login.html", values, status=status)
