"""What goes wrong becomes a problem document (RFC 9457) that says what to do."""

import logging
from http import HTTPStatus

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter

from backend.database import Unavailable, Unstorable
from backend.failure import describe
from backend.files import BadFile
from backend.orders.lifecycle import Refused
from backend.orders.store import Conflict, Unknown

log = logging.getLogger(__name__)

REQUESTS = Counter("huiying_api_requests_total", "Requests of other platforms", ["status"])
MEDIA_TYPE = "application/problem+json"
RETRY_LATER = 5
"""Seconds after which to try again when the database is away."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457: `title` is the HTTP status in words, `detail` says what was wrong this time."""

    title: str
    status: int
    detail: str = ""


class Wrong(Exception):
    """A request that cannot be served; becomes a problem document."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure with a problem document; the log never quotes a request."""
    response = await _guarded(request, handler)
    REQUESTS.labels(response.status).inc()
    return response


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Wrong as wrong:
        return _answer(wrong.status, wrong.detail, wrong.headers)
    except msgspec.ValidationError as error:
        return _answer(422, f"内容不符合要求：{error}")
    except Unknown as error:
        return _answer(404, str(error.args[0]))
    except Conflict as error:
        return _answer(412, str(error))
    except BadFile as error:
        return _answer(422, str(error))
    except Refused as error:
        return _answer(409, str(error))
    except web.HTTPException as error:
        return _answer(error.status, _WORDS.get(error.status, ""), _allowed(error))
    except web.RequestPayloadError:
        return _answer(400, "请求内容与它的 Content-Encoding 或长度不符")
    except Unstorable:
        return _answer(400, "内容里有系统不能保存的字符（U+0000），请删去后再发")
    except Unavailable as error:
        log.warning("api: database unavailable (%s)", error)
        return _answer(503, "数据库暂时连不上，请稍后再试", {"Retry-After": str(RETRY_LATER)})
    except Exception as error:
        route = request.match_info.route.name
        log.error("api: %s %s failed: %s", request.method, route, describe(error))
        return _answer(500, "系统出了问题，已经记录下来")


_WORDS = {
    400: "没有读到表单的内容，请用 multipart/form-data 重新发送",
    404: "没有这个地址，接口说明见 /api/v1/openapi.json",
    405: "这个地址不接受这种方法",
    413: "内容太大了",
}


def _allowed(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}


def _answer(status: int, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    problem = Problem(HTTPStatus(status).phrase, status, detail)
    return web.Response(
        status=status,
        body=msgspec.json.encode(problem),
        content_type=MEDIA_TYPE,
        headers=headers,
    )
