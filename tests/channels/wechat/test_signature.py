from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.signature import matches, sign


def test_the_console_example_of_the_documentation() -> None:
    expected = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert sign("AAAAA", "1714036504", "1514711492") == expected
    assert matches(expected, "1514711492", "AAAAA", "1714036504")


def test_sorts_by_bytes_and_not_by_code_units_or_case() -> None:
    assert sign("b", "B", "10", "9") == sign("10", "9", "B", "b")
    assert sign("10", "9") != sign("910")


@given(st.text(), st.lists(st.text(), max_size=4))
def test_nothing_but_the_signature_matches(signature: str, parts: list[str]) -> None:
    assert matches(sign(*parts), *parts)
    assert matches(signature, *parts) == (signature == sign(*parts))


def test_takes_lone_surrogates_for_a_mismatch() -> None:
    assert not matches("\ud800", "\udfff")
