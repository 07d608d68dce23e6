"""What goes wrong becomes a page that says so in plain words."""

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from backend.console.context import hasty, page
from backend.database import Unavailable, Unstorable
from backend.failure import describe
from backend.knowledge.entry import Unknown as NoEntry
from backend.orders.store import Unknown

log = logging.getLogger(__name__)

WORDS = {
    403: "您不能打开这一页。",
    404: "没有找到您要的内容，可能编号有误，或者不在您的权限之内。",
    405: "不能这样打开这个地址。",
    413: "内容太大了，请删减后再试。",
}


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show errors as pages; to htmx, as a sentence."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        words = WORDS.get(error.status, error.reason)
        custom = error.text if error.text and not error.text.startswith(f"{error.status}") else ""
        return await _answer(request, error.status, custom or words)
    except (Unknown, NoEntry):
        return await _answer(request, 404, WORDS[404])
    except Unstorable:
        return await _answer(request, 400, "内容里有系统不能保存的特殊字符，请删去后再试。")
    except Unavailable as error:
        log.warning("console: database unavailable (%s)", error)
        return await _answer(request, 503, "数据库暂时连不上，请稍后再刷新。已保存的内容不会丢。")
    except Exception as error:
        route = request.match_info.route.name
        log.error("console: %s %s failed: %s", request.method, route, describe(error))
        return await _answer(request, 500, "系统出了问题，已经记录下来。请刷新后再试。")


async def _answer(request: web.Request, status: int, words: str) -> web.Response:
    if hasty(request) or request.path.endswith("/events"):
        return web.Response(status=status, text=words)
    return await page(request, "error.html", {"status": status, "words": words}, status=status)
