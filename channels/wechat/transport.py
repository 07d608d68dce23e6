"""One HTTP exchange with WeChat's API: bounded in time and size, and no secret in its errors."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from channels.wechat.errors import ApiError

TIMEOUT = aiohttp.ClientTimeout(total=6)
MEDIA_TIMEOUT = aiohttp.ClientTimeout(total=30)
"""Seconds for all of an exchange; the outbox holds its lease for longer."""

ANSWER_LIMIT = 1024 * 1024
MEDIA_LIMIT = 20 * 1024 * 1024
"""Bytes; WeChat's own limit is 10 MB for pictures and videos."""

_DETAIL_LIMIT = 200


async def post(
    session: aiohttp.ClientSession, url: str, body: Mapping[str, Any], token: str = ""
) -> dict[str, Any]:
    """Send JSON and return the JSON that comes back; raises ApiError for anything but success."""
    params = {"access_token": token} if token else None
    raw, _ = await _exchange(
        session,
        "POST",
        url,
        params=params,
        # WeChat shows \\uXXXX escapes as they stand in some fields.
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json"},
        timeout=TIMEOUT,
        limit=ANSWER_LIMIT,
    )
    return _checked(raw, hidden=(token, str(body.get("secret", ""))))


async def get(
    session: aiohttp.ClientSession, url: str, params: Mapping[str, str]
) -> bytes | dict[str, Any]:
    """Fetch a file; JSON comes back as such. Raises ApiError for anything but success."""
    raw, content_type = await _exchange(
        session, "GET", url, params=params, timeout=MEDIA_TIMEOUT, limit=MEDIA_LIMIT
    )
    if content_type in ("application/json", "text/plain"):
        return _checked(raw, hidden=(params.get("access_token", ""),))
    return raw


async def _exchange(
    session: aiohttp.ClientSession, method: str, url: str, *, limit: int, **options: Any
) -> tuple[bytes, str]:
    # The errors of aiohttp quote the address, and the token is in it: so none is passed on.
    try:
        async with session.request(method, url, allow_redirects=False, **options) as response:
            if response.status != 200:
                raise ApiError(f"http_{response.status}")
            return await _read(response, limit), response.content_type
    except TimeoutError:
        raise ApiError("timeout") from None
    except (aiohttp.ClientError, OSError) as error:
        raise ApiError("network", type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise ApiError("too_big")
    return bytes(body)


def _checked(raw: bytes, hidden: tuple[str, ...]) -> dict[str, Any]:
    try:
        answer = json.loads(raw, strict=False)
    except (ValueError, RecursionError):
        raise ApiError("garbled") from None
    if not isinstance(answer, dict):
        raise ApiError("garbled")
    if answer.get("errcode"):
        raise ApiError(str(answer["errcode"]), _clean(str(answer.get("errmsg", "")), hidden))
    return answer


def _clean(message: str, hidden: tuple[str, ...]) -> str:
    for secret in filter(None, hidden):
        message = message.replace(secret, "***")
    return message[:_DETAIL_LIMIT]
