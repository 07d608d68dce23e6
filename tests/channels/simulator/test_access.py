"""Access tokens over their life."""

from datetime import timedelta

import pytest

from backend.clock import Clock
from channels.simulator.access import AccessTokens
from channels.simulator.error import Refused


def code(tokens: AccessTokens, token: str | None) -> int:
    try:
        tokens.check(token)
    except Refused as error:
        return error.code
    return 0


def test_the_stable_token_stays_until_five_minutes_before_its_end(clock: Clock) -> None:
    tokens = AccessTokens(clock)
    first, life = tokens.get_stable()
    assert life == 7200
    clock.advance(timedelta(seconds=6899))
    assert tokens.get_stable() == (first, 301)
    clock.advance(timedelta(seconds=1))
    second, life = tokens.get_stable()
    assert (second != first, life) == (True, 7200)
    assert (code(tokens, first), code(tokens, second)) == (0, 0)
    clock.advance(timedelta(seconds=300))
    assert (code(tokens, first), code(tokens, second)) == (42001, 0)


def test_a_forced_refresh_ends_the_old_token_but_not_twice_within_30_seconds(clock: Clock) -> None:
    tokens = AccessTokens(clock)
    first, _ = tokens.get_stable()
    second, _ = tokens.get_stable(force=True)
    assert (code(tokens, first), code(tokens, second)) == (40001, 0)
    assert tokens.get_stable(force=True)[0] == second
    clock.advance(timedelta(seconds=30))
    assert tokens.get_stable(force=True)[0] != second


def test_twenty_forced_refreshes_a_day(clock: Clock) -> None:
    tokens = AccessTokens(clock)
    for _ in range(20):
        tokens.get_stable(force=True)
        clock.advance(timedelta(seconds=30))
    with pytest.raises(Refused, match="45009"):
        tokens.get_stable(force=True)
    clock.advance(timedelta(days=1))
    assert tokens.get_stable(force=True)


def test_a_new_plain_token_leaves_the_old_one_five_minutes(clock: Clock) -> None:
    tokens = AccessTokens(clock)
    stable, _ = tokens.get_stable()
    first, _ = tokens.get_plain()
    tokens.get_plain()
    clock.advance(timedelta(seconds=299))
    assert code(tokens, first) == 0
    clock.advance(timedelta(seconds=1))
    assert (code(tokens, first), code(tokens, stable)) == (42001, 0)


@pytest.mark.parametrize(("token", "expected"), [(None, 41001), ("", 40014), ("made-up", 40001)])
def test_what_is_said_of_a_wrong_token(clock: Clock, token: str | None, expected: int) -> None:
    assert code(AccessTokens(clock), token) == expected
