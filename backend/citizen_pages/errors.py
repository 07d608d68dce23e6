"""What goes wrong on a citizen's page, in words that help."""

import logging

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from backend.database import Unavailable
from backend.failure import describe

log = logging.getLogger(__name__)

GONE = (
    "没有找到这个页面。链接可能不完整，请回到公众号里重新点开；有事也可以直接在公众号里告诉我们。"
)
BUSY = "系统正忙，请过一会儿再打开。您已经提交的内容不会丢。"
WORDS = {
    405: "不能这样打开这个页面，请回到公众号里重新点开。",
    413: "写得太长了，请返回删减后再提交。",
}


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show errors as pages in the shared look."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return message(request, "打不开", WORDS.get(error.status, GONE), status=error.status)
    except Unavailable as error:
        log.warning("citizens' pages: database unavailable (%s)", error)
        return message(request, "请稍后再试", BUSY, status=503)
    except Exception as error:
        # Neither the address (it holds a token) nor the error's text (it may hold data).
        log.error("a citizen's page failed: %s", describe(error))
        return message(request, "请稍后再试", BUSY, status=500)


def message(
    request: web.Request, title: str, words: str, *, status: int = 200, icon: str = "warn"
) -> web.Response:
    """A page that only says something; `icon` is one of WeUI's: success, info, warn."""
    values = {"title": title, "words": words, "icon": icon}
    return aiohttp_jinja2.render_template("message.html", request, values, status=status)
