"""Posts to a webhook by hand: one message to several servers, and what no WeChat would send."""

import time
from collections.abc import Mapping

import aiohttp

from channels.simulator import passive
from channels.simulator.account import Mode
from channels.simulator.envelope import seal, signed_query
from channels.simulator.passive import PassiveReply
from tests.acceptance.house import ACCOUNT


def text_message(openid: str, text: str, number: int) -> dict[str, object]:
    """The fields of a text message with this MsgId."""
    return {
        "ToUserName": ACCOUNT.original_id,
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": text,
        "MsgId": number,
    }


async def send(
    session: aiohttp.ClientSession, url: str, fields: Mapping[str, object]
) -> PassiveReply | None:
    """Post a message once, in safe mode; AssertionError unless the answer is HTTP 200."""
    envelope = seal(fields, ACCOUNT, Mode.SAFE, int(time.time()))
    status, body = await post(session, url, envelope.body.encode(), envelope.query)
    assert status == 200
    return passive.read(body, str(fields["FromUserName"]), ACCOUNT, Mode.SAFE)


async def post(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    query: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Post anything, signed as WeChat signs unless `query` says otherwise: status and answer."""
    signed = signed_query(ACCOUNT, int(time.time())) if query is None else query
    async with session.post(f"{url}/wechat", params=signed, data=body) as answer:
        return answer.status, await answer.read()
