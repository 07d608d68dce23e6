"""What no WeChat would send, and one citizen who sends far too much."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from sqlalchemy import select

from backend.database import Database
from backend.tables import citizen, conversation
from channels.simulator import crypto
from channels.simulator.envelope import render, signed_query
from tests.acceptance.house import ACCOUNT, House
from tests.acceptance.poster import post, send, text_message
from tests.acceptance.tally import outcomes

pytestmark = pytest.mark.acceptance

QUESTION = "公积金租房提取需要什么材料"
_numbers = itertools.count(5000)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def sealed(plain: str) -> tuple[bytes, dict[str, str]]:
    """Any document, encrypted and signed as WeChat does."""
    secret = crypto.encrypt(plain, ACCOUNT.aes_key, ACCOUNT.appid)
    query = signed_query(ACCOUNT, int(time.time()))
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.sign(ACCOUNT.token, query["timestamp"], query["nonce"], secret)
    return render({"ToUserName": ACCOUNT.original_id, "Encrypt": secret}).encode(), query


async def test_garbage_is_refused_and_hurts_nobody(
    house: House, session: aiohttp.ClientSession
) -> None:
    message = render(text_message("oHostile", QUESTION, next(_numbers))).encode()
    wrong = {"signature": "0" * 40, "timestamp": "1", "nonce": "1"}
    assert (await post(session, house.url, message, wrong))[0] == 403
    assert (await post(session, house.url, message, {}))[0] == 403
    body, query = sealed(message.decode())
    assert (await post(session, house.url, body, {**query, "msg_signature": "0" * 40}))[0] == 403
    assert (await post(session, house.url, b"<xml>" + b"a" * 5_000_000, wrong))[0] in (403, 413)
    assert (await post(session, house.url, b"<xml>" + b"a" * 5_000_000))[0] == 413

    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    for plain in (bomb + message.decode(), "", "<xml>", "\x00\x01", "<xml></xml>", "[]" * 9000):
        body, query = sealed(plain)
        assert await post(session, house.url, body, query) == (200, b"success")
    for raw in (b"", b"\xff\xfe\x00", b"<xml><Encrypt>AAAA</Encrypt></xml>", b"<a>" * 10_000):
        status, _ = await post(session, house.url, raw)
        assert status in (200, 403)
    assert await house.huiying("outcomes", "--json") == []

    assert await send(session, house.url, text_message("oGood", QUESTION, next(_numbers)))
    assert (await house.health())["status"] == "ok"


async def test_odd_characters_end_in_an_outcome_like_all_others(
    house: House, session: aiohttp.ClientSession
) -> None:
    surrogate = b"\xed\xa0\xbd\xed\xb8\x80"
    texts = [
        b"\x1d\x00\x08" + QUESTION.encode() + b"\x0b\x0c\x1f",
        QUESTION.encode() + surrogate,
        surrogate,
        b"]]>&amp;<b>''\"\"{0}%s{{x}}\\u0000",
        "\u202e\u200b\ufeff\ufffe\uffff".encode(),
        ("ﷺ" * 300).encode(),
        ("好" * 20_000).encode(),
        "👩‍👩‍👧‍👦".encode() * 50,
        b" \n\t ",
    ]
    for text in texts:
        fields = text_message("oOdd", "TEXT", next(_numbers))
        raw = render(fields).encode().replace(b"TEXT", text.replace(b"]]>", b"]]]]><![CDATA[>"))
        status, _ = await post(session, house.url, raw)
        assert status == 200
    rows = await outcomes(house)
    assert len(rows) == len(texts)
    assert (await house.health())["status"] == "ok"


async def test_a_flood_of_one_citizen_does_not_slow_another(
    house: House, session: aiohttp.ClientSession, database: Database
) -> None:
    for openid in ("oFlood", "oCalm"):
        await send(session, house.url, text_message(openid, QUESTION, next(_numbers)))
    fields = [text_message("oFlood", QUESTION, next(_numbers)) for _ in range(100)]
    async with database.transaction() as connection:
        # As if the first message of the flood took long.
        who = select(citizen.c.id).where(citizen.c.openid == "oFlood").scalar_subquery()
        chat = select(conversation.c.citizen_id).where(conversation.c.citizen_id == who)
        await connection.execute(chat.with_for_update())
        flood = [asyncio.create_task(send(session, house.url, one)) for one in fields]
        for _ in range(8):
            began = time.monotonic()
            assert await send(session, house.url, text_message("oCalm", QUESTION, next(_numbers)))
            assert time.monotonic() - began < 1
        assert not any(task.done() for task in flood)
    assert None not in await asyncio.gather(*flood)
    rows = await outcomes(house)
    assert sum(row["openid"] == "oFlood" for row in rows) == 101
