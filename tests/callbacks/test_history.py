"""Random lives of an order: closed, swept, rated, rated again, reopened, while time passes."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.orders.lifecycle import State
from callbacks.policy import ALWAYS, Policy
from callbacks.scheduler import run_once
from tests.callbacks.town import Town

LENGTHS = st.sampled_from([timedelta(), timedelta(hours=1), timedelta(days=1)])
POLICIES = st.builds(
    Policy,
    delay=LENGTHS,
    hours=st.sampled_from([ALWAYS, Policy().hours]),
    reminders=st.integers(0, 2),
    reminder_gap=LENGTHS,
    expires=LENGTHS,
    grace=LENGTHS,
)
DOINGS = st.lists(
    st.one_of(
        st.sampled_from(
            ["sweep", "close", "reopen", "archive", "deliver", "lose", "leave", "opt out"]
        ),
        st.sampled_from(["satisfied", "basic", "dissatisfied", "why:1", "满意", "不满意", "1"]),
        st.sampled_from([timedelta(hours=5), timedelta(days=1), timedelta(days=3)]),
    ),
    max_size=14,
)


async def do(town: Town, number: str, policy: Policy, doing: str | timedelta) -> None:
    order = (await town.kept(number)).order
    match doing:
        case timedelta():
            town.wait(days=doing / timedelta(days=1))
        case "sweep":
            await run_once(town.services, policy)
        case "close" if order.state in (State.SIGNING, State.HANDLING):
            if order.state is State.SIGNING:
                await town.act(number, "sign", "handler:lisi")
            await town.close(number)
        case "reopen" if order.state in (State.CALLING_BACK, State.ARCHIVED):
            await town.act(number, "reopen", "supervisor:zhao", reason="抽查不合格")
        case "archive" if order.state is State.CALLING_BACK:
            await town.act(number, "archive", "supervisor:zhao")
        case "deliver":
            await town.deliver()
        case "lose":
            await town.deliver("unreachable", "43101")
        case "leave":
            await town.leaves(1)
        case "opt out":
            await town.hears("o-li", text="不再回访")
        case "satisfied" | "basic" | "dissatisfied" | "why:1":
            for row in await town.surveys():
                await town.hears("o-li", tap=f"survey:{row.token}:{doing}")
        case "满意" | "不满意" | "1":
            await town.hears("o-li", text=doing)


async def check(town: Town, number: str, policy: Policy) -> None:
    events = await town.history(number)
    said = [event.data for event in events if event.kind == "survey"]
    closings = sum(event.kind == "close" for event in events)
    for closing in range(1, closings + 1):
        steps = [data["step"] for data in said if data["round"] == closing]
        asked = steps.count("asked") + steps.count("reminded")
        assert steps.count("rated") <= 1
        assert steps.count("asked") <= 1
        assert asked <= 1 + policy.reminders
        assert sum(steps.count(end) for end in ("expired", "skipped", "cancelled")) <= 1
    rounds = [row.round for row in await town.surveys()]
    assert len(rounds) == len(set(rounds))
    sendings = sum(data["step"] in ("asked", "reminded") for data in said)
    assert sendings == len(await town.asked_rows())


async def settle(town: Town, number: str, policy: Policy) -> None:
    """Time passes until nothing can be due any more."""
    for _ in range(policy.reminders + 4):
        await run_once(town.services, policy)
        town.wait(days=4)
        # One of any three moments eleven hours apart is between nine and twenty.
        for _ in range(3):
            await run_once(town.services, policy)
            town.wait(hours=11)
    order = (await town.kept(number)).order
    assert order.state is not State.CALLING_BACK
    assert {row.state for row in await town.surveys()} <= {"rated", "unrated", "cancelled"}
    if order.state is State.ARCHIVED and await town.steps(number):
        assert order.rating != "" or (await town.steps(number))[-1] == "cancelled"


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(policy=POLICIES, doings=DOINGS)
async def test_every_closing_ends_rated_unrated_or_reopened(
    town: Town, policy: Policy, doings: list[str | timedelta]
) -> None:
    await town.empty()
    number = await town.closed(await town.citizen())
    for doing in doings:
        await do(town, number, policy, doing)
    await check(town, number, policy)
    await settle(town, number, policy)
    await check(town, number, policy)
