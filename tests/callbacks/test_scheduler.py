import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import text

from backend.database import Database
from backend.orders.lifecycle import State
from backend.services import Services
from callbacks import answer, surveys
from callbacks.policy import ALWAYS, Policy
from callbacks.rating import Rating
from callbacks.scheduler import LOCK, Scheduler, run_once
from tests.callbacks.town import Town

POLICY = Policy(delay=timedelta(hours=1))
AT_ONCE = Policy(delay=timedelta(), hours=ALWAYS)
ONCE = Policy(delay=timedelta(), hours=ALWAYS, reminders=0, expires=timedelta(days=1))


async def until(seen: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(10):
        while not await seen():  # noqa: ASYNC110 - another process is watched
            await asyncio.sleep(0.01)


async def kill_writer(database: Database) -> bool:
    """End the backend that waits to write an event; False if none waits yet."""
    query = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO order_event%'"
    )
    async with database.transaction() as connection:
        return bool(await connection.scalar(query))


async def test_a_closed_order_is_asked_about_when_it_is_due(town: Town) -> None:
    number = await town.closed(await town.citizen())
    await run_once(town.services, POLICY)
    assert await town.asked() == []
    town.wait(minutes=61)
    await run_once(town.services, POLICY)
    [(reply, notice)] = await town.asked()
    assert [choice.label for choice in reply.choices] == ["满意", "基本满意", "不满意"]
    assert number in reply.text
    assert notice.template == "survey"
    assert notice.url == f"survey:{await town.token()}"
    assert all(notice.fields.values())
    assert await town.steps(number) == ["scheduled", "asked"]


async def test_sweeps_at_the_same_time_ask_once(town: Town) -> None:
    numbers = [await town.closed(await town.citizen(f"o{n}")) for n in range(5)]
    for _ in range(2):
        runs = [run_once(town.services, AT_ONCE) for _ in range(4)]
        summaries = await asyncio.gather(*runs)
        assert all(summary.failed == 0 for summary in summaries)
    await run_once(town.services, AT_ONCE)
    assert len(await town.surveys()) == len(await town.asked()) == 5
    for number in numbers:
        assert await town.steps(number) == ["scheduled", "asked"]


async def test_a_step_that_dies_leaves_nothing_half_done(town: Town) -> None:
    """As after kill -9 between any two statements: the backend is ended in mid-transaction."""
    database = town.services.database
    number = await town.closed(await town.citizen())
    await run_once(town.services, POLICY)
    town.wait(hours=2)
    async with database.transaction() as connection:
        await connection.execute(text("LOCK TABLE order_event"))
        run = asyncio.create_task(run_once(town.services, POLICY))
        await until(lambda: kill_writer(database))
    await asyncio.gather(run, return_exceptions=True)
    assert await town.asked() == []
    assert await town.steps(number) == ["scheduled"]
    await run_once(town.services, POLICY)
    assert len(await town.asked()) == 1
    assert await town.steps(number) == ["scheduled", "asked"]


async def test_nobody_is_asked_at_night_after_a_pause(town: Town) -> None:
    await town.closed(await town.citizen())
    await run_once(town.services, POLICY)
    town.wait(hours=16)
    await run_once(town.services, POLICY)
    assert await town.asked() == []
    town.wait(hours=8)
    await run_once(town.services, POLICY)
    assert len(await town.asked()) == 1


async def test_reminds_then_counts_as_unrated(town: Town) -> None:
    number = await town.closed(await town.citizen())
    for _ in range(6):
        await run_once(town.services, AT_ONCE)
        await town.deliver()
        await run_once(town.services, AT_ONCE)
        town.wait(days=1)
    await run_once(town.services, AT_ONCE)
    kept = await town.kept(number)
    assert kept.order.state is State.ARCHIVED
    assert kept.order.rating == "未评价"
    assert len(await town.asked()) == 2
    assert await town.steps(number) == [
        "scheduled", "asked", "delivered", "reminded", "delivered", "expired",
    ]  # fmt: skip


async def test_a_reminder_replaces_what_was_never_sent(town: Town) -> None:
    number = await town.closed(await town.citizen())
    await run_once(town.services, AT_ONCE)
    town.wait(days=2)
    await run_once(town.services, AT_ONCE)
    last = (await town.history(number))[-1]
    assert last.data["step"] == "reminded"
    assert last.data["unsent"] is True
    first, second = await town.asked()
    assert second[0].text == first[0].text


async def test_an_order_without_citizen_is_archived_with_the_reason(town: Town) -> None:
    number = await town.closed(None)
    await run_once(town.services, POLICY)
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "未评价")
    [event] = [e for e in await town.history(number) if e.kind == "survey"]
    assert event.data["reason"] == "没有可联系的市民"
    assert await town.surveys() == []


async def test_who_left_before_or_after_asking_is_not_asked(town: Town) -> None:
    early, late = await town.citizen("early"), await town.citizen("late")
    before, after = await town.closed(early), await town.closed(late)
    await town.leaves(early)
    await run_once(town.services, AT_ONCE)
    await town.leaves(late)
    await run_once(town.services, AT_ONCE)
    for number in (before, after):
        kept = await town.kept(number)
        assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "未评价")
        assert (await town.history(number))[-2].data["reason"] == "市民已取消关注"


async def test_who_opted_out_is_not_asked_again(town: Town) -> None:
    citizen_id = await town.citizen()
    number = await town.closed(citizen_id)
    async with town.services.database.transaction() as connection:
        await answer.opt_out(connection, citizen_id, town.now)
    await run_once(town.services, AT_ONCE)
    assert (await town.history(number))[-2].data["reason"] == "市民不愿接受回访"
    assert await town.asked() == []


async def test_what_could_not_be_sent_becomes_a_call(town: Town) -> None:
    number = await town.closed(await town.citizen())
    await run_once(town.services, ONCE)
    await town.deliver("unreachable", "43101")
    await run_once(town.services, ONCE)
    async with town.services.database.transaction() as connection:
        [call] = await surveys.calls(connection)
        [listed] = await surveys.listing(connection, "asked")
    assert call == listed
    assert (call["number"], call["delivery"], call["error"]) == (number, "undelivered", "43101")
    town.wait(days=2)
    await run_once(town.services, ONCE)
    async with town.services.database.transaction() as connection:
        assert await surveys.calls(connection) == []
    assert (await town.kept(number)).order.rating == "未评价"


async def test_an_agent_can_rate_after_a_call(town: Town) -> None:
    number = await town.closed(await town.citizen())
    await run_once(town.services, ONCE)
    async with town.services.database.transaction() as connection:
        await surveys.rate(
            connection,
            await town.token(),
            Rating.BASIC,
            town.now,
            via="phone",
            actor="agent:wang",
        )
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "基本满意")


async def test_an_order_the_office_reopens_is_asked_about_after_the_next_closing(
    town: Town,
) -> None:
    number = await town.closed(await town.citizen())
    await run_once(town.services, AT_ONCE)
    await town.act(number, "reopen", "supervisor:zhao", reason="答复不完整")
    await run_once(town.services, AT_ONCE)
    assert [row.state for row in await town.surveys()] == ["cancelled"]
    await town.act(number, "sign", "handler:lisi")
    await town.close(number)
    await run_once(town.services, AT_ONCE)
    assert [(row.round, row.state) for row in await town.surveys()] == [
        (1, "cancelled"),
        (2, "asked"),
    ]


async def test_one_scheduler_leads(services: Services) -> None:
    scheduler = Scheduler(services, POLICY)
    async with services.database.transaction() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        await scheduler.tick()
        assert scheduler.last_run is not None
        assert not scheduler.last_run.leader
    await scheduler.tick()
    assert scheduler.last_run.leader
    assert scheduler.errors == 0


async def test_a_scheduler_outlives_its_database(town: Town) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    one = town.services

    async def failed_twice() -> bool:
        return scheduler.errors >= 2

    scheduler = Scheduler(
        Services(away, one.clock, one.live, one.signer, one.links), POLICY, interval=0.05
    )
    scheduler.start()
    await until(failed_twice)
    scheduler.stop()
    assert scheduler.last_run is not None
    assert "unavailable" in scheduler.last_run.error
    await away.close()


async def test_a_scheduler_asks_by_itself(town: Town) -> None:
    await town.closed(await town.citizen())
    scheduler = Scheduler(town.services, AT_ONCE, interval=0.05)
    scheduler.start()
    await until(town.asked)
    scheduler.stop()


async def test_each_citizen_of_a_cluster_is_asked_and_only_the_angry_one_is_reopened(
    town: Town,
) -> None:
    master = await town.order(await town.citizen("o-first"))
    linked = [await town.linked(master, f"o-{name}") for name in ("angry", "glad", "silent")]
    await town.close(master)
    await town.follows()
    await run_once(town.services, ONCE)
    asked = {row.order_id: row.token for row in await town.surveys()}
    assert len(asked) == 4
    for number, rating in zip(linked, (Rating.DISSATISFIED, Rating.SATISFIED), strict=False):
        async with town.services.database.transaction() as connection:
            token = asked[(await town.kept(number)).id]
            await surveys.rate(connection, token, rating, town.now, via="chat")
    town.wait(days=2)
    await run_once(town.services, ONCE)
    await town.follows()
    angry, glad, silent = [(await town.kept(number)).order for number in linked]
    assert (angry.state, angry.master, angry.unit) == (State.SIGNING, "", "城管局")
    assert (glad.state, glad.rating, glad.master) == (State.ARCHIVED, "满意", master)
    assert (silent.state, silent.rating) == (State.ARCHIVED, "未评价")
    assert (await town.kept(master)).order.rating == "未评价"
    assert await town.steps(linked[0]) == ["scheduled", "asked", "rated"]
