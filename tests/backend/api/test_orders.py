"""Orders of another platform: filed, read, followed, and what it may do to them."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import accesses
from backend.api.model import STEPS
from backend.orders import lifecycle, service, store
from backend.orders.store import Kept
from backend.platforms import USUAL, Scope
from tests.backend.office import World

from .platform import LAMP, Partner, Partners

REPLY = "现场核实后已修好路灯，电话联系市民，市民表示满意。"


async def act(world: World, number: str, *kinds: str, **said: str) -> Kept:
    """What the office and the unit do."""
    data = {"unit": "市住建局", "reply": REPLY, **said}
    async with world.database.transaction() as connection:
        for kind in kinds:
            await service.act(
                connection, number, kind, actor="admin:root", now=world.now, data=data
            )
        return await store.find(connection, number)


async def test_an_order_counts_under_its_source_and_is_read_back(
    partners: Partners, world: World
) -> None:
    partner = await partners("省平台", "省12345", [*USUAL, Scope.PERSONAL])
    filed = await partner.file(external_number="S-1", desk="人大代表专席", category="市政/路灯")
    assert filed.status == 201
    assert filed.headers["ETag"] == '"1"'
    number = filed.body["number"]
    read = (await partner.get(f"/orders/{number}")).body
    assert LAMP.items() <= read.items()
    assert read["channel"] == "省12345"
    assert read["tags"] == ["人大代表专席"]
    assert read["external_number"] == "S-1"
    async with world.database.transaction() as connection:
        kept = await store.find(connection, number)
        events = await store.history(connection, kept.id)
        assert not await store.difference(connection, kept)
    assert events[0].actor == "platform:省平台"


async def test_who_the_citizen_is_needs_a_scope_and_is_written_down(
    partners: Partners, world: World
) -> None:
    usual = await partners()
    filed = await usual.file(citizen_name="欧阳梓萱", place="人民路7311号", demand="打13800001111")
    number = filed.body["number"]
    masked = (await usual.get(f"/orders/{number}")).body
    assert (masked["citizen_name"], masked["contact"]) == ("欧**", "138****1111")
    assert "7311号" not in str(masked)
    assert "13800001111" not in str((await usual.get("/orders")).body)
    async with world.database.transaction() as connection:
        assert await accesses.listing(connection) == []
    cleared = await partners("省平台", "省12345", [*USUAL, Scope.PERSONAL])
    for path in (f"/orders/{number}", "/orders"):
        assert "13800001111" in str((await cleared.get(path)).body)
    other = await partners("监管", "省长信箱", [*USUAL, Scope.READ_ALL, Scope.PERSONAL])
    assert "13800001111" not in str((await other.get(f"/orders/{number}")).body)
    async with world.database.transaction() as connection:
        noted = await accesses.listing(connection, actor="省平台", number=number)
    assert [one.role for one in noted] == ["platform", "platform"]


async def test_a_desk_has_its_own_deadline(partners: Partners, world: World) -> None:
    partner = await partners()
    filed = [
        await partner.file(desk=desk, contact=f"1380000111{number}")
        for number, desk in enumerate(("人大代表专席", ""))
    ]
    numbers = [answer.body["number"] for answer in filed]
    first, second = [await act(world, number, "dispatch", "sign") for number in numbers]
    assert first.order.deadline is not None
    assert second.order.deadline is not None
    assert first.order.deadline < second.order.deadline


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "闲聊"},
        {"facts": " "},
        {"facts": "a\0b"},
        {"contact": "我家电话"},
        {"desk": "没有的专席"},
        {"category": "没有/这类"},
        {"channel": "自己的渠道"},
        {"external_number": "x" * 65},
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_filed(
    partners: Partners, wrong: dict[str, str]
) -> None:
    partner = await partners()
    answer = await partner.file(**wrong)
    assert answer.status == 422
    assert answer.body["detail"]
    assert (await partner.get("/orders")).body["orders"] == []


async def test_the_same_number_of_the_sender_is_the_same_order(partners: Partners) -> None:
    partner, other = await partners(), await partners("另一平台", "红网")
    first = await partner.file(external_number="S-1")
    again = await partner.file(external_number="S-1", facts="换了说法")
    assert (first.status, again.status) == (201, 200)
    assert again.body["number"] == first.body["number"]
    assert (await other.file(external_number="S-1")).status == 201


async def test_platforms_see_only_what_they_filed(partners: Partners) -> None:
    one, other = await partners(), await partners("另一平台", "红网")
    everything = await partners("监管平台", "省长信箱", [*USUAL, Scope.READ_ALL])
    number = (await one.file()).body["number"]
    for path in ("", "/events"):
        assert (await other.get(f"/orders/{number}{path}")).status == 404
        assert (await everything.get(f"/orders/{number}{path}")).status == 200
    assert (await other.step(number, "urge")).status == 404
    assert (await other.get("/orders")).body["orders"] == []
    assert len((await everything.get("/orders")).body["orders"]) == 1


async def test_who_reads_all_orders_acts_on_its_own_only(partners: Partners, world: World) -> None:
    one = await partners()
    everything = await partners("监管平台", "省长信箱", [*USUAL, Scope.READ_ALL])
    number = (await one.file()).body["number"]
    for kind, said in (("withdraw", {}), ("correct", {"facts": "别的事"}), ("urge", {})):
        assert (await everything.step(number, kind, **said)).status == 403
    assert (await act(world, number)).order.version == 1
    own = (await everything.file(facts="自己提交的事")).body["number"]
    assert (await everything.step(own, "urge")).status == 200


async def test_pages_hold_every_order_once_in_the_order_of_change(
    partners: Partners, world: World
) -> None:
    partner = await partners()
    numbers = [(await partner.file()).body["number"] for _ in range(5)]
    await partner.step(numbers[0], "note", text="又黑了一晚")
    seen, cursor = [], ""
    while cursor is not None:
        page = (await partner.get("/orders", limit="2", cursor=cursor)).body
        seen.extend(order["number"] for order in page["orders"])
        cursor = page["cursor"]
    assert seen == [*numbers[1:], numbers[0]]
    since = (world.now + timedelta(hours=1)).isoformat()
    assert (await partner.get("/orders", updated_since=since)).body["orders"] == []
    assert (await partner.get("/orders", state="已归档")).body["orders"] == []
    assert len((await partner.get("/orders", state="待派单")).body["orders"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"state": "x"},
        {"cursor": "x"},
        {"cursor": "MDAwMS0wMS0wMVQwMDowMDowMCswODowMCAx"},  # 0001-01-01T00:00:00+08:00 1
        {"limit": "0"},
        {"updated_since": "昨天"},
        {"updated_since": "0001-01-01"},
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(
    partners: Partners, query: dict[str, str]
) -> None:
    answer = await (await partners()).get("/orders", **query)
    assert answer.status == 400
    assert next(iter(query)) in answer.body["detail"]


async def test_the_steps_are_those_that_the_lifecycle_leaves_to_platforms() -> None:
    assert all("platform" in lifecycle.STEPS[kind].roles for kind in STEPS)


async def test_a_platform_acts_on_the_version_it_saw(partners: Partners, world: World) -> None:
    partner = await partners("省平台", "省12345", [*USUAL, Scope.PERSONAL])
    number = (await partner.file()).body["number"]
    assert (await partner.step(number, "correct", seen='"1"', place="人民路21号")).status == 200
    late = await partner.step(number, "withdraw", seen='"1"')
    assert late.status == 412
    assert "刚刚被别人处理过" in late.body["detail"]
    refused = await partner.step(number, "reopen", reason="还是不亮")
    assert refused.status == 409
    assert "待派单" in refused.body["detail"]
    await act(world, number, "dispatch", "sign", "close")
    assert (await partner.step(number, "reopen", reason="还是不亮")).status == 200
    read = (await partner.get(f"/orders/{number}")).body
    assert (read["state"], read["place"], read["reply"]) == ("待签收", "人民路21号", "")


@pytest.mark.parametrize("kind", ["archive", "survey", "notify", "close", "dispatch", "x"])
async def test_other_steps_are_not_a_platforms(partners: Partners, kind: str) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    assert (await partner.step(number, kind, text="x", reply="x", step="x")).status == 404


async def test_the_history_leaves_out_what_is_the_offices_own(
    partners: Partners, world: World
) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    await act(world, number, "note", "dispatch", "supervise", text="此人多次来电", reason="内部")
    await act(world, number, "sign", "close")
    events = (await partner.get(f"/orders/{number}/events")).body["events"]
    assert [event["event"] for event in events] == [
        "order.created",
        "order.dispatched",
        "order.signed",
        "order.closed",
    ]
    assert [event["reply"] for event in events] == ["", "", "", REPLY]
    assert "此人多次来电" not in str(events)
    assert events[2]["deadline"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
            max_leaves=8,
        ),
        st.fixed_dictionaries(
            {"type": st.just("投诉"), "facts": st.text(max_size=20)},
            optional={name: st.text(max_size=20) for name in ("place", "demand", "contact")},
        ),
    ),
    path=st.sampled_from(["/orders", "/orders/1/steps/note", "/orders/1/steps/correct"]),
    query=st.dictionaries(
        st.sampled_from(["state", "cursor", "limit", "updated_since", "external_number"]),
        st.text(max_size=30),
    ),
)
async def test_garbage_is_a_problem_and_never_an_error_of_ours(
    partners: Partners, body: object, path: str, query: dict[str, str]
) -> None:
    partner: Partner = await partners()
    more = {"data": body} if isinstance(body, bytes) else {"json": body}
    answer = await partner.ask(
        "POST", path, headers={"Idempotency-Key": str(hash(str(body)))}, **more
    )
    assert answer.status in (200, 201, 400, 404, 422)
    assert (await partner.get("/orders", **query)).status in (200, 400)
