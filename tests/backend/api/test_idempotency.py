"""One request has one effect, however often and however much at once it is sent."""

import asyncio
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.api.idempotency import KEPT, Forgetting
from tests.backend.office import World

from .platform import Partners

_names = itertools.count(1)


async def test_a_repeat_is_answered_as_before(partners: Partners) -> None:
    partner = await partners()
    first = await partner.file(key="k")
    again = await partner.file(key="k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await partner.file(key="k", facts="另一件事")
    assert other.status == 422
    assert "Idempotency-Key" in other.body["detail"]
    assert (await (await partners("另一平台")).file(key="k")).body != first.body


async def test_a_key_is_asked_for(partners: Partners) -> None:
    partner = await partners()
    answer = await partner.ask("POST", "/orders", json={"type": "投诉", "facts": "路灯不亮"})
    assert answer.status == 400
    assert "Idempotency-Key" in answer.body["detail"]


async def test_a_step_may_be_repeated_too(partners: Partners) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    path, headers = f"/orders/{number}/steps/urge", {"Idempotency-Key": "u", "If-Match": '"1"'}
    answers = [await partner.ask("POST", path, json={}, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert [answer.body["version"] for answer in answers] == [2, 2]


async def test_what_failed_may_be_sent_again_under_its_key(partners: Partners) -> None:
    partner = await partners()
    assert (await partner.file(key="k", desk="没有的专席")).status == 422
    assert (await partner.file(key="k")).status == 201


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(requests=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=8))
async def test_all_at_once_make_one_order_a_key_or_number(
    partners: Partners, requests: list[tuple[str, str]]
) -> None:
    partner = await partners(f"平台{next(_names)}")
    answers = await asyncio.gather(
        *(partner.file(key=key, external_number=number) for key, number in requests)
    )
    filed = [answer.body for answer in answers if answer.status in (200, 201)]
    assert {answer.status for answer in answers} <= {200, 201, 422}
    assert len({body["number"] for body in filed}) == len({b["external_number"] for b in filed})
    for key in {key for key, _ in requests}:
        told = [
            answer.body["number"]
            for answer, (used, _) in zip(answers, requests, strict=True)
            if used == key and answer.status != 422
        ]
        assert len(set(told)) == 1
    listed = (await partner.get("/orders")).body["orders"]
    assert len(listed) == len({body["number"] for body in filed})


async def test_keys_are_forgotten_after_a_while(partners: Partners, world: World) -> None:
    partner = await partners()
    first = await partner.file(key="k", external_number="S-1")
    world.services.clock.advance(KEPT * 1.1)
    assert not await Forgetting(world.services).step()
    again = await partner.file(key="k", external_number="S-1", facts="换了说法")
    assert (again.status, again.body["number"]) == (200, first.body["number"])
