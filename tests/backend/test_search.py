"""Orders found by what they say."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.database import Connection, Database
from backend.orders import listing, search, store, terms
from backend.orders.lifecycle import Refused, State
from backend.orders.listing import Wanted
from backend.tables import orders

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("路灯坏了abＡ１ 。，"), max_size=30)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with database.transaction() as connection:
        yield connection


async def filed(connection: Connection, facts: str, **fields: object) -> store.Kept:
    return await store.add(
        connection, {"facts": facts, **fields}, citizen_id=None, actor="citizen:", now=NOW
    )


async def found(connection: Connection, said: str, **wanted: object) -> list[str]:
    page = await listing.page(connection, Wanted(words=search.words(said), **wanted))  # type: ignore[arg-type]
    return [kept.order.facts for kept in page]


@given(TEXTS, st.data())
def test_every_part_of_a_text_has_only_pairs_of_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    assert set(pairs_of(part)) <= set(pairs_of(text))


def pairs_of(text: str) -> list[str]:
    return terms.pairs(terms.RUN.findall(terms.normal(text)))


async def test_pairs_apart_are_not_the_word(connection: Connection) -> None:
    await filed(connection, "路灯和灯杆都坏了")
    await filed(connection, "路灯杆倒了")
    assert await found(connection, "路灯杆") == ["路灯杆倒了"]


async def test_all_words_have_to_stand_in_it(connection: Connection) -> None:
    await filed(connection, "Ａ座漏水", place="阳光小区3栋")
    await filed(connection, "B座漏水", place="阳光小区4栋")
    assert await found(connection, "a座 阳光小区3栋") == ["Ａ座漏水"]
    assert await found(connection, "a座 4栋") == []


async def test_an_order_is_found_by_what_it_says_now(connection: Connection) -> None:
    kept = await filed(connection, "井盖松动")
    data = {"facts": "井盖丢了"}
    await store.act(connection, kept.number, "correct", actor="agent:a", now=NOW, data=data)
    assert await found(connection, "松动") == []
    assert await found(connection, "井盖") == ["井盖丢了"]


async def test_older_than_the_newest_is_found_too(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "RECENT", 3)
    for number in range(8):
        await filed(connection, f"停水第{number}天", area="雨湖区" if number % 2 else "岳塘区")
    assert await found(connection, "停水") == [f"停水第{number}天" for number in range(7, -1, -1)]
    narrow = [orders.c.area == "岳塘区"]
    page = await search.find(connection, search.words("停水"), narrow, limit=3)
    assert [kept.order.facts for kept in page] == ["停水第6天", "停水第4天", "停水第2天"]
    rest = await search.find(connection, ("停水",), narrow, before_id=page[-1].id, limit=3)
    assert [kept.order.facts for kept in rest] == ["停水第0天"]


async def test_a_batch_of_scattered_pairs_hides_nothing(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    await filed(connection, "下水道堵了")
    for _ in range(5):
        await filed(connection, "下水管和水道都堵")
    assert await found(connection, "下水道") == ["下水道堵了"]


async def test_words_within_a_state(connection: Connection) -> None:
    kept = await filed(connection, "噪音扰民")
    await filed(connection, "噪音太大")
    await store.act(connection, kept.number, "withdraw", actor="citizen:", now=NOW)
    assert await found(connection, "噪音", states=(State.WITHDRAWN,)) == ["噪音扰民"]


@pytest.mark.parametrize("said", ["", "灯", "。，", "a b", "\0", "' & !"])
def test_too_little_is_refused(said: str) -> None:
    with pytest.raises(Refused, match="两个字"):
        search.words(said)
