"""The guards before every page: who is it, does the request come from our own page, headers."""

from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import get_session

from backend import staff
from backend.console.context import MEMBER, PREFIX, hasty, services

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; connect-src 'self'; worker-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = ("/login", "/static/")
"""What is shown to whoever has not logged in."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser to run and load nothing but our own files, and to keep no page."""
    response.headers.update(HEADERS)
    if not request.path.startswith(f"{PREFIX}/static/"):
        response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site makes the browser send (CSRF)."""
    if request.method not in SAFE and not _is_own(request):
        raise web.HTTPForbidden(text="这个请求不是从本系统的页面发出的，已拒绝。请刷新页面后重试。")
    return await handler(request)


def _is_own(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    # Browsers leave Sec-Fetch-Site out on plain http, and always send Origin with a POST.
    origin = urlsplit(request.headers.get("Origin", ""))
    base = urlsplit(services(request).links.base)
    return bool(origin.netloc) and origin.netloc in (request.host, base.netloc)


@web.middleware
async def logged_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask the database on every request who this is: who was let go is out at once."""
    if request.path.startswith(tuple(PREFIX + path for path in OPEN)):
        return await handler(request)
    member_id = (await get_session(request)).get("member")
    async with services(request).database.transaction() as connection:
        member = await staff.get(connection, member_id) if member_id else None
    if member is None:
        return _to_login(request)
    request[MEMBER] = member
    return await handler(request)


def _to_login(request: web.Request) -> web.Response:
    target = f"{PREFIX}/login"
    if hasty(request):
        return web.Response(status=401, headers={"HX-Redirect": target})
    if request.method != "GET" or request.path.endswith("/events"):
        return web.Response(status=401, text="请重新登录。")
    return web.Response(
        status=303, headers={"Location": f"{target}?next={quote(request.path_qs, safe='')}"}
    )
