"""Platforms are told what happens to their orders: signed, in order, until they take it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.api.posting import MOST_ATTEMPTS, Posting, session
from backend.api.reach import Reach, allows
from backend.orders.lifecycle import Refused
from backend.tables import webhook
from tests.backend.office import Desk, World

from .platform import Partner, Partners
from .receiver import Receiver
from .test_orders import REPLY, act


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with receiver.server:
        yield receiver


@pytest.fixture
async def posting(world: World) -> AsyncIterator[Posting]:
    async with session(Reach.LOOPBACK) as client:
        yield Posting(world.services, client, Reach.LOOPBACK)


async def subscribed(partner: Partner, receiver: Receiver) -> Partner:
    answer = await partner.ask("PUT", "/webhook", json={"url": receiver.url})
    assert answer.status == 200
    receiver.secret = answer.body["secret"]
    return partner


async def carry(posting: Posting) -> None:
    """Post until nothing is due."""
    while await posting.step():
        await posting.finish()


async def rows(world: World) -> list[Any]:
    async with world.database.transaction() as connection:
        return list(await connection.execute(select(webhook).order_by(webhook.c.id)))


async def test_a_platform_is_told_of_its_order_from_filing_to_rating(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    number = (await partner.file(external_number="S-1")).body["number"]
    await act(world, number, "dispatch", "sign", "note", "close", text="内部")
    await act(world, number, "survey", step="rated", rating="满意")
    await carry(posting)
    assert receiver.events == [
        "order.created",
        "order.dispatched",
        "order.signed",
        "order.closed",
        "order.rated",
    ]
    assert {said["external_number"] for said in receiver.told} == {"S-1"}
    assert [said["reply"] for said in receiver.told] == ["", "", "", REPLY, REPLY]
    assert receiver.told[-1]["rating"] == "满意"
    history = (await partner.get(f"/orders/{number}/events")).body["events"]
    assert receiver.told == history
    assert {row.state for row in await rows(world)} == {"sent"}


async def test_what_did_not_happen_is_not_told(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    number = (await partner.file()).body["number"]
    with pytest.raises(Refused):
        await act(world, number, "dispatch", "close")
    await carry(posting)
    assert receiver.events == ["order.created"]


async def test_a_failure_holds_up_its_order_and_no_other(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    first = (await partner.file()).body["number"]
    await partner.step(first, "urge")
    receiver.answers.extend([500])
    await carry(posting)
    assert receiver.events == []
    other = (await partner.file(facts="另一件完全不同的事情")).body["number"]
    await carry(posting)
    assert [said["number"] for said in receiver.told] == [other]
    world.services.clock.advance(timedelta(seconds=2))
    await carry(posting)
    assert [(said["number"], said["event"]) for said in receiver.told[1:]] == [
        (first, "order.created"),
        (first, "order.urged"),
    ]


async def test_what_was_given_up_is_shown_and_sent_again(
    partners: Partners, world: World, receiver: Receiver, posting: Posting, at: Desk
) -> None:
    partner = await subscribed(await partners(), receiver)
    await partner.file()
    receiver.down = True
    waits = []
    for _ in range(MOST_ATTEMPTS):
        await carry(posting)
        (row,) = await rows(world)
        waits.append(round((row.due_at - world.now).total_seconds()))
        world.services.clock.advance(timedelta(hours=1, seconds=1))
    assert waits[:4] == [2, 4, 8, 16]
    assert (row.state, row.attempts, row.error) == ("dead", MOST_ATTEMPTS, "HTTP 503")
    assert (await partner.get("/webhook")).body["dead"] == 1
    agent, leader = await at("zhang"), await at("ban")
    assert "HTTP 503" in await agent.read("/webhooks")
    assert (await agent.post(f"/webhooks/{row.id}/again")).status == 403
    receiver.down = False
    assert "正在重新发送" in await (await leader.post(f"/webhooks/{row.id}/again")).text()
    await carry(posting)
    assert receiver.events == ["order.created"]
    assert "没有未送达的通知" in await leader.read("/webhooks")
    assert "已经有人处理过" in await (await leader.post(f"/webhooks/{row.id}/drop")).text()


async def test_a_redirect_is_not_followed(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    await partner.file()
    receiver.answers.extend([307])
    await carry(posting)
    assert [row.error for row in await rows(world)] == ["HTTP 307"]


async def test_several_workers_tell_everything_once(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    for number in range(6):
        filed = await partner.file(facts=f"{number}号的事")
        await partner.step(filed.body["number"], "urge")
    async with session(Reach.LOOPBACK) as client:
        second = Posting(world.services, client, Reach.LOOPBACK)
        while {row.state for row in await rows(world)} != {"sent"}:
            await asyncio.gather(posting.step(), second.step())
            await asyncio.gather(posting.finish(), second.finish())
    assert set(receiver.deliveries.values()) == {1}
    assert len(receiver.told) == 12
    for number in {said["number"] for said in receiver.told}:
        of_one = [said["version"] for said in receiver.told if said["number"] == number]
        assert of_one == [1, 2]


async def test_who_has_unsubscribed_is_told_nothing(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    await partner.file()
    assert (await partner.ask("DELETE", "/webhook")).status == 204
    await partner.file()
    await carry(posting)
    assert receiver.events == []
    assert [row.state for row in await rows(world)] == ["dropped"]


async def test_platforms_of_joined_orders_both_learn(
    partners: Partners, world: World, receiver: Receiver, posting: Posting
) -> None:
    partner = await subscribed(await partners(), receiver)
    first = (await partner.file(contact="")).body["number"]
    second = (await partner.file(contact="")).body["number"]
    await act(world, second, "link", master=first)
    await act(world, first, "dispatch")
    await carry(posting)
    told = [said for said in receiver.told if said["event"] == "order.dispatched"]
    assert {(said["number"], said["master"]) for said in told} == {(first, ""), (second, first)}
    assert (await partner.get(f"/orders/{second}")).body["joined"]["state"] == "待签收"


@pytest.mark.parametrize(
    ("address", "reach", "allowed"),
    [
        ("93.184.216.34", Reach.PUBLIC, True),
        ("2606:4700::1111", Reach.PUBLIC, True),
        ("127.0.0.1", Reach.PUBLIC, False),
        ("127.0.0.1", Reach.LOOPBACK, True),
        ("10.0.0.1", Reach.LOOPBACK, False),
        ("10.0.0.1", Reach.PRIVATE, True),
        ("169.254.169.254", Reach.PRIVATE, False),
        ("0.0.0.0", Reach.PRIVATE, False),
        ("224.0.0.1", Reach.PRIVATE, False),
        ("100.64.0.1", Reach.PUBLIC, False),
        ("::1", Reach.PUBLIC, False),
        ("::ffff:10.0.0.1", Reach.PUBLIC, False),
        ("64:ff9b::a00:1", Reach.PUBLIC, False),
        ("2002:a00:1::", Reach.PUBLIC, False),
        ("fe80::1%eth0", Reach.PRIVATE, False),
        ("fd00::1", Reach.PUBLIC, False),
    ],
)
def test_webhooks_go_no_further_than_they_may(address: str, reach: Reach, allowed: bool) -> None:
    assert allows(address, reach) is allowed


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "http://10.0.0.1/x", "https://user:pw@example.com/", "x", "https://[::",
     "http://[fd00::1]/", "https://example.com:99999/"],
)  # fmt: skip
async def test_an_address_that_webhooks_may_not_go_to_is_refused(
    partners: Partners, url: str
) -> None:
    answer = await (await partners()).ask("PUT", "/webhook", json={"url": url})
    assert answer.status == 422


async def test_a_name_that_leads_inside_is_not_followed(
    partners: Partners, world: World, receiver: Receiver
) -> None:
    partner = await partners()
    inside = f"https://localhost:{receiver.server.port}/hook"
    assert (await partner.ask("PUT", "/webhook", json={"url": inside})).status == 200
    await partner.file()
    async with session(Reach.PUBLIC) as client:
        await carry(Posting(world.services, client, Reach.PUBLIC))
    (row,) = await rows(world)
    assert row.state == "pending"
    assert row.error == "ClientConnectorDNSError"
    assert not receiver.deliveries
