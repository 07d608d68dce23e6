"""Values are sealed so that only who has the key reads them, and only where they were put."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import sealing
from backend.database import Database, Unstorable
from backend.sealing import BadKey, CannotOpen, Key, KeyRing
from backend.tables import orders, setting

OLD, NEW = Key(b"o" * 32), Key(b"n" * 32)
RING = KeyRing([NEW, OLD])


@given(st.text(min_size=1))
def test_what_was_sealed_is_opened_and_nothing_of_it_shows(text: str) -> None:
    value = RING.seal(text, "orders.place")
    assert RING.open(value, "orders.place") == text
    assert value.startswith(f"s1:{NEW.id}:")
    assert value != RING.seal(text, "orders.place")


def test_a_value_is_void_in_another_column_or_changed() -> None:
    value = RING.seal("13812345678", "orders.contact")
    for moved, place in (
        (value, "citizen.phone"),
        (value[:-6] + "AAAAA=", "orders.contact"),
        (value[:20], "orders.contact"),
    ):
        with pytest.raises(CannotOpen) as caught:
            RING.open(moved, place)
        assert "13812345678" not in str(caught.value)


def test_every_key_of_the_ring_opens_and_the_first_one_seals() -> None:
    value = KeyRing([OLD]).seal("建设北路128号", "orders.place")
    assert RING.open(value, "orders.place") == "建设北路128号"
    with pytest.raises(CannotOpen, match=OLD.id):
        KeyRing([NEW]).open(value, "orders.place")


@pytest.mark.parametrize("plain", ["", "建设北路128号", "s1:", "s1:xyz"])
def test_rows_from_before_are_read_as_they_are(plain: str) -> None:
    assert RING.open(plain, "orders.place") == plain


@pytest.mark.parametrize("text", ["", "x", "c2hvcnQ=", "not base64 at all, but 32 bytes!"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        KeyRing.read([text])


def test_a_fresh_key_is_a_key() -> None:
    assert len(KeyRing.read([sealing.fresh(), sealing.fresh()]).ids) == 2


@pytest.mark.usefixtures("template")
def test_numbers_are_found_however_they_are_written() -> None:
    one = sealing.blind("13812345678")
    assert one is not None
    assert len(one) == 16
    for same in ("+86 138-1234-5678", "138 1234 5678", "１３８１２３４５６７８"):
        assert sealing.blind(same) == one
    assert sealing.blind("13812345679") != one
    assert sealing.blind("") is sealing.blind("  ") is None


@pytest.mark.usefixtures("template")
def test_terms_are_numbers_of_postgresql_and_the_same_for_the_same_word() -> None:
    terms = sealing.blind_terms(["路灯", "停水", "路灯"])
    assert terms[0] == terms[2] != terms[1]
    assert all(-(2**31) <= term < 2**31 for term in terms)


def test_a_sealed_column_cannot_be_compared_by_mistake() -> None:
    assert "place != " in str(orders.c.place != "")
    for compare in (
        lambda: orders.c.place == "建设北路",
        lambda: orders.c.place.like("建设%"),
        lambda: orders.c.place.desc(),
    ):
        with pytest.raises(TypeError, match="sealed"):
            compare()


async def test_what_other_columns_would_not_take_is_not_taken_sealed(database: Database) -> None:
    from backend.tables import citizen

    for values in ({"name": "a\0b"},):
        with pytest.raises(Unstorable):
            async with database.transaction() as connection:
                await connection.execute(citizen.update().values(values))
    async with database.transaction() as connection:
        await connection.execute(setting.select())
