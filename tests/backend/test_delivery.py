"""What waits in the outbox reaches its citizen: in order, once, by the best way that is open."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backend import citizens, conversations, outbox
from backend.delivery import AT_ONCE, MOST_ATTEMPTS, OPERATOR_WAIT, OVER, Delivery
from backend.message import Body, Inbound, Kind, Notice, Reply, Sending, Verdict, Window
from backend.tables import outbox as rows
from tests.acceptance.eventually import eventually
from tests.backend.carrier import Carrier
from tests.backend.office import World

NOTICE = Notice("order_progress", {"number": "1"}, url="order:20260105000001")
LADDER = (Reply("已办结"), NOTICE)


class Post:
    """One worker over one channel, and what it has to carry."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.carrier = Carrier()
        self.worker = self.hire()

    def hire(self) -> Delivery:
        return Delivery(self.world.services, {"wechat": self.carrier})

    async def citizen(self, openid: str, window: Window | None = None) -> int:
        inbound = Inbound(f"key {openid}", "wechat", openid, Kind.TEXT, self.world.now)
        async with self.world.database.transaction() as connection:
            chat = await conversations.lock(connection, inbound)
            opened = chat.opened(window or Window(5, 48 * 3600), self.world.now)
            await conversations.save(connection, opened, self.world.now)
        return chat.citizen_id

    async def put(self, citizen_id: int, *rungs: Body, reserved: bool = False) -> int:
        async with self.world.database.transaction() as connection:
            return await outbox.enqueue(
                connection, citizen_id, rungs, self.world.now, reserved=reserved
            )

    async def carry(self, worker: Delivery | None = None) -> None:
        """Work until nothing is due."""
        worker = worker or self.worker
        while await worker.step():
            await worker.finish()
        await worker.finish()

    async def row(self, row_id: int) -> Any:
        async with self.world.database.transaction() as connection:
            return (await connection.execute(select(rows).where(rows.c.id == row_id))).one()

    async def states(self) -> list[str]:
        async with self.world.database.transaction() as connection:
            return list(await connection.scalars(select(rows.c.state).order_by(rows.c.id)))

    def refuse(self, openid: str, verdict: Verdict, code: str = "", times: int = 1) -> None:
        self.carrier.answers[openid].extend([Sending(verdict, code, "because")] * times)

    def wait(self, length: timedelta) -> None:
        self.world.services.clock.advance(length)


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def test_each_citizen_reads_in_order(post: Post) -> None:
    who = [await post.citizen(f"o{number}") for number in range(3)]
    for number in range(4):
        for citizen_id in who:
            await post.put(citizen_id, Reply(f"{number}"))
    await post.carry()
    for number in range(3):
        assert post.carrier.told(f"o{number}") == [Reply(f"{n}") for n in range(4)]
    assert set(await post.states()) == {"sent"}


async def test_what_must_be_tried_again_holds_up_only_its_citizen(post: Post) -> None:
    slow, other = await post.citizen("slow"), await post.citizen("other")
    post.refuse("slow", Verdict.RETRY, "-1")
    first = await post.put(slow, Reply("一"))
    await post.put(slow, Reply("二"))
    await post.put(other, Reply("三"))
    await post.carry()
    assert post.carrier.told("slow") == [Reply("一")]
    assert post.carrier.told("other") == [Reply("三")]
    kept = await post.row(first)
    assert (kept.state, kept.error, kept.attempts) == ("pending", "-1 because", 1)
    post.wait(timedelta(seconds=2))
    await post.carry()
    assert post.carrier.told("slow") == [Reply("一"), Reply("一"), Reply("二")]
    names = [name for to, _, name in post.carrier.sent if to == "slow"]
    assert names[0] == names[1] != names[2]


async def test_it_waits_longer_each_time_and_gives_up_visibly(post: Post) -> None:
    post.refuse("o", Verdict.RETRY, "timeout", times=99)
    row_id = await post.put(await post.citizen("o"), Reply("一"))
    waits = []
    for _ in range(MOST_ATTEMPTS):
        before = post.world.now
        await post.carry()
        row = await post.row(row_id)
        waits.append((row.due_at - before).total_seconds())
        post.wait(timedelta(seconds=301))
    assert [round(wait) for wait in waits[:4]] == [2, 4, 8, 16]
    assert max(waits) < 301
    assert (row.state, row.attempts, row.error) == ("failed", MOST_ATTEMPTS, "timeout because")
    assert not await post.worker.step()


async def test_an_error_of_the_channel_is_tried_again(post: Post) -> None:
    post.carrier.answers["o"].append(RuntimeError("电话13812345678"))
    row_id = await post.put(await post.citizen("o"), Reply("一"))
    await post.carry()
    row = await post.row(row_id)
    assert (row.state, row.error) == ("pending", "error RuntimeError")
    post.wait(timedelta(seconds=2))
    await post.carry()
    assert (await post.row(row_id)).state == "sent"


@pytest.mark.parametrize("code", ["45015", "45047"])
async def test_when_the_window_is_over_the_notice_goes_out(post: Post, code: str) -> None:
    citizen_id = await post.citizen("o")
    post.refuse("o", Verdict.NEXT, code)
    row_id = await post.put(citizen_id, *LADDER)
    await post.carry()
    reply, notice = post.carrier.told("o")
    assert reply == LADDER[0]
    assert isinstance(notice, Notice)
    assert notice.url.startswith("http://127.0.0.1:8080/order/")
    assert (await post.row(row_id)).state == "sent"
    async with post.world.database.transaction() as connection:
        chat = await conversations.find(connection, citizen_id)
    assert chat is not None
    assert chat.allowance(post.world.now, reserved=True) == 0


async def test_who_blocks_one_way_may_still_be_reached_by_the_other(post: Post) -> None:
    citizen_id = await post.citizen("o")
    post.refuse("o", Verdict.NEXT, "48002")
    await post.put(citizen_id, *LADDER)
    await post.carry()
    async with post.world.database.transaction() as connection:
        chat = await conversations.find(connection, citizen_id)
    assert chat is not None
    assert chat.allowance(post.world.now, reserved=True) == 5
    assert await post.states() == ["sent"]


async def test_when_the_ledger_says_so_the_reply_is_not_even_tried(post: Post) -> None:
    citizen_id = await post.citizen("o", Window(3, 60))
    post.wait(timedelta(seconds=61))
    await post.put(citizen_id, *LADDER)
    only_reply = await post.put(citizen_id, Reply("二"))
    await post.carry()
    assert [type(body) for body in post.carrier.told("o")] == [Notice]
    row = await post.row(only_reply)
    assert (row.state, row.error) == ("unreachable", f"window {OVER}")


async def test_the_last_message_is_kept_for_the_outcome(post: Post) -> None:
    citizen_id = await post.citizen("o")
    for number in range(6):
        await post.put(citizen_id, Reply(f"{number}"))
    await post.put(citizen_id, Reply("办结"), reserved=True)
    await post.carry()
    assert post.carrier.told("o") == [*(Reply(f"{n}") for n in range(4)), Reply("办结")]
    assert await post.states() == ["sent"] * 4 + ["unreachable"] * 2 + ["sent"]


async def test_a_notice_costs_nothing_of_the_window(post: Post) -> None:
    citizen_id = await post.citizen("o", Window(1, 48 * 3600))
    await post.put(citizen_id, NOTICE)
    await post.put(citizen_id, Reply("办结"), reserved=True)
    await post.carry()
    assert await post.states() == ["sent", "sent"]


async def test_an_account_that_needs_its_operator_keeps_the_message(post: Post) -> None:
    post.refuse("o", Verdict.OPERATOR, "40164")
    row_id = await post.put(await post.citizen("o"), Reply("一"))
    await post.carry()
    row = await post.row(row_id)
    assert (row.state, row.error) == ("pending", "40164 because")
    post.wait(OPERATOR_WAIT - timedelta(seconds=1))
    await post.carry()
    assert (await post.row(row_id)).state == "pending"
    post.wait(timedelta(seconds=2))
    await post.carry()
    assert (await post.row(row_id)).state == "sent"


async def test_a_request_that_is_wrong_fails_at_once(post: Post) -> None:
    post.refuse("o", Verdict.FAILED, "45002")
    row_id = await post.put(await post.citizen("o"), *LADDER)
    await post.carry()
    row = await post.row(row_id)
    assert (row.state, row.error, row.attempts) == ("failed", "45002 because", 1)


async def test_who_has_left_is_sent_nothing(post: Post) -> None:
    citizen_id = await post.citizen("gone")
    waiting = await post.put(citizen_id, Reply("一"))
    async with post.world.database.transaction() as connection:
        await citizens.erase(connection, citizen_id, post.world.now)
    later = await post.put(citizen_id, *LADDER)
    await post.carry()
    assert post.carrier.sent == []
    assert (await post.row(waiting)).state == "dropped"
    row = await post.row(later)
    assert (row.state, row.error) == ("unreachable", "left 市民已取消关注")


async def test_an_unknown_channel_is_an_error_one_sees(post: Post) -> None:
    row_id = await post.put(await post.citizen("o"), Reply("一"))
    worker = Delivery(post.world.services, {})
    await post.carry(worker)
    row = await post.row(row_id)
    assert (row.state, row.error) == ("failed", "channel 没有渠道 wechat")


# -- several workers ------------------------------------------------------------------------------


async def test_several_workers_at_once_send_everything_once(post: Post) -> None:
    for number in range(30):
        citizen_id = await post.citizen(f"o{number}")
        for part in range(3):
            await post.put(citizen_id, Reply(f"{part}"))
    workers = [post.hire() for _ in range(4)]
    while "pending" in await post.states():
        await asyncio.gather(*(worker.step() for worker in workers))
        await asyncio.gather(*(worker.finish() for worker in workers))
    names = [name for _, _, name in post.carrier.sent]
    assert len(names) == len(set(names)) == 90
    for number in range(30):
        assert post.carrier.told(f"o{number}") == [Reply(f"{part}") for part in range(3)]


async def test_a_leased_message_is_nobody_elses_until_the_lease_is_over(post: Post) -> None:
    row_id = await post.put(await post.citizen("o"), Reply("一"))
    async with post.world.database.transaction() as connection:
        assert [parcel.id for parcel in await outbox.claim(connection, post.world.now)] == [row_id]
    # The worker that claimed it has died; the lease is told by the database's own time.
    await post.carry()
    assert post.carrier.sent == []
    async with post.world.database.transaction() as connection:
        await connection.execute(
            update(rows).values(leased_until=rows.c.leased_until - outbox.LEASE)
        )
    await post.carry()
    assert len(post.carrier.sent) == 1
    row = await post.row(row_id)
    assert (row.state, row.attempts) == ("sent", 2)


async def test_one_process_sends_so_many_at_once_and_no_more(post: Post) -> None:
    post.carrier.gate.clear()
    for number in range(AT_ONCE + 5):
        await post.put(await post.citizen(f"o{number}"), Reply("一"))
    assert await post.worker.step()
    beyond = asyncio.create_task(post.worker.step())
    await eventually(lambda: post.carrier.at_once == AT_ONCE)
    assert not beyond.done()
    assert len(post.carrier.sent) == AT_ONCE
    post.carrier.gate.set()
    await beyond
    await post.carry()
    assert len(post.carrier.sent) == AT_ONCE + 5


async def test_two_transactions_claim_different_rows(post: Post) -> None:
    for number in range(4):
        await post.put(await post.citizen(f"o{number}"), Reply("一"))
    async with (
        post.world.database.transaction() as one,
        post.world.database.transaction() as other,
    ):
        first = await outbox.claim(one, post.world.now, 3)
        second = await outbox.claim(other, post.world.now, 3)
    claimed = [parcel.id for parcel in (*first, *second)]
    assert (len(first), len(second)) == (3, 1)
    assert len(set(claimed)) == 4
