"""What must hold whatever died meanwhile: asked of the system through its own commands."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from channels.simulator.citizen import Bubble, Sender
from channels.simulator.log import Direction
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House

Rows = Sequence[Mapping[str, Any]]

_NUMBER = re.compile(r"(?<!\d)\d{14}(?!\d)")
_MSGID = re.compile(r"<MsgId>(\d+)</MsgId>")


def message_id(row: Mapping[str, Any]) -> int:
    """The MsgId in the key of a row of `huiying outcomes`."""
    return int(row["message_key"].rpartition(":")[2])


def acknowledged(wechat: FakeWeChat) -> set[int]:
    """The MsgIds that the webhook has answered with HTTP 200."""
    answered = (c for c in wechat.calls if c.direction is Direction.PUSH and c.status == 200)
    return {int(found[1]) for call in answered if (found := _MSGID.search(call.request))}


def said_to(wechat: FakeWeChat, openid: str) -> list[Bubble]:
    """What the account said to a citizen, in any way."""
    return [b for b in wechat.conversation(openid) if b.sender is Sender.ACCOUNT]


def told(wechat: FakeWeChat, openid: str) -> set[str]:
    """The order numbers that a citizen has read."""
    return {number for b in said_to(wechat, openid) for number in _NUMBER.findall(b.words)}


async def outcomes(house: House) -> Rows:
    """All messages, once each of them has its outcome."""

    async def look() -> Rows:
        rows: Rows = await house.huiying("outcomes", "--json")
        return rows if all(row["outcome"] for row in rows) else []

    return await eventually(look)


async def check(house: House, wechat: FakeWeChat) -> Rows:
    """Nothing acknowledged is lost and nothing is done twice; returns all messages."""
    rows = await outcomes(house)
    _check_messages(rows, wechat)
    await _check_orders(house, rows, wechat)
    return rows


def _check_messages(rows: Rows, wechat: FakeWeChat) -> None:
    keys = Counter(row["message_key"] for row in rows)
    assert set(keys.values()) <= {1}, "a message is kept twice"
    kept = {message_id(row) for row in rows}
    assert acknowledged(wechat) <= kept, "a message was acknowledged and is lost"
    for openid in wechat.world.citizens:
        own = [message_id(row) for row in rows if row["openid"] == openid]
        assert len(own) == len(set(own)), f"a message of {openid} was handled twice"
        assert own == sorted(own), f"the messages of {openid} were handled out of order"


async def _check_orders(house: House, rows: Rows, wechat: FakeWeChat) -> None:
    orders = await house.huiying("orders", "list", "--limit", "10000", "--json")
    numbers = Counter(order["number"] for order in orders)
    assert set(numbers.values()) <= {1}, "an order number was given twice"
    filed = Counter(row["order_no"] for row in rows if row["outcome"] == "order")
    assert filed == numbers, "the orders are not those that messages ended in"
    owners = {row["order_no"]: row["openid"] for row in rows if row["outcome"] == "order"}
    for openid in wechat.world.citizens:
        assert all(owners.get(number) == openid for number in told(wechat, openid))
        heard = acknowledged(wechat)
        own = {
            row["order_no"]
            for row in rows
            if row["outcome"] == "order" and row["openid"] == openid and message_id(row) in heard
        }
        assert own <= told(wechat, openid), "an order was filed and its citizen never told"
    assert await house.huiying("orders", "verify", "--json") == []
