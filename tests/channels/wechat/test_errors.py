import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Verdict
from channels.wechat.errors import is_known, verdict_of

TABLE = {
    Verdict.RETRY: "-1 45009 45011 timeout network garbled http_500 http_502 http_503 http_429",
    Verdict.NEXT: "45015 45047 43004 48002 43019 43101",
    Verdict.OPERATOR: "40001 40014 42001 48001 40164 61004 40013 40125 http_404 http_302",
    Verdict.FAILED: "45002 47003 40037 40007 too_big",
}


@pytest.mark.parametrize(
    ("code", "verdict"), [(code, v) for v, codes in TABLE.items() for code in codes.split()]
)
def test_the_table_of_the_design(code: str, verdict: Verdict) -> None:
    assert verdict_of(code) is verdict
    assert is_known(code)


def test_an_unknown_code_fails_visibly_and_is_not_tried_for_ever() -> None:
    assert verdict_of("99999") is Verdict.FAILED
    assert not is_known("99999")


@given(st.one_of(st.integers().map(str), st.text()))
def test_every_code_has_a_verdict_and_none_is_sent(code: str) -> None:
    assert verdict_of(code) is not Verdict.SENT
