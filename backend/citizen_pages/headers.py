"""What browsers are told: load our own files only, keep no page, pass no address on."""

from aiohttp import web

HEADERS = {
    # WeUI draws its icons from data: addresses. 'self' as ancestor: the simulator's phone.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    # The address holds the token.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


async def add(_request: web.Request, response: web.StreamResponse) -> None:
    """Put HEADERS on an answer; only files of ours may be kept, as their
    address holds their hash, and what says itself for how long."""
    response.headers.update(HEADERS)
    file = isinstance(response, web.FileResponse)
    response.headers.setdefault("Cache-Control", "public, max-age=604800" if file else "no-store")
