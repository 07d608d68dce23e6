"""The bot as a stranger finds it: floors for what no training data has seen."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.held_out import case, score, totals
from tests.held_out.runner import STARTER, evaluate, report

NLU_DATA = Path(__file__).parents[2] / "nlu_data"
FLOORS = {
    "questions": 86,
    "questions, offered": 93,
    "matters": 88,
    "unclear": 85,
    "danger": 95,
    "redirected": 85,
    "commands": 85,
    "human": 75,
    "invalid": 75,
    "off_topic": 80,
    "beside_an_entry": 84,
    "no_danger_no_abuse": 80,
    "order details": 84,
    "dialogues": 86,
    "emergencies": 95,
    "ordinary": 96,
    "sounds_alike": 90,
}
"""Percent right, about five points under what was measured; raise them when the bot gets better."""

MOST_WRONG_ANSWERS = 9
"""Of all 740 single messages; the worst mistake, so it is counted and not weighed. It was 15 before
near misses were trained on."""


MORE = {
    "dialogues": 90,
    "place": 91,
    "type": 93,
    "order": 94,
    "matters": 94,
    "category": 82,
    "emergencies": 92,
    "sounds_alike": 96,
    "ordinary": 98,
}
"""Of `more/`, which served for development: it only keeps what was reached."""
EVERY = 3
"""Each third of its 1,170 dialogues and 732 descriptions is held, for the time it takes."""
MOST_TWICE = 2
"""Of these dialogues, in which a question was put twice."""


def below(floors: Mapping[str, float], shares: Mapping[str, score.Share]) -> dict[str, str]:
    """The shares that have sunk below their floors."""
    return {
        name: f"{shares[name].percent:.1f} < {floor}"
        for name, floor in floors.items()
        if shares[name].percent < floor
    }


@pytest.mark.acceptance
@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_orders_and_dialogues_stay_as_good(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> None:
    data = tmp_path_factory.mktemp("held-out-more")
    more = case.HERE / "more"
    result = await evaluate(data, database_url, redis_url, print, more, EVERY)
    shares = {**result.shares, **totals.parts(result.filed)}
    low = below(MORE, shares)
    assert not low, f"{low}\n{report(result, verbose=True)}"
    twice = [one.problems for one in result.held if one.asked_twice]
    assert len(twice) <= MOST_TWICE, twice


@pytest.mark.acceptance
@pytest.mark.long
@pytest.mark.timeout(600)
async def test_what_nobody_trained_for(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> None:
    data = tmp_path_factory.mktemp("held-out")
    result = await evaluate(data, database_url, redis_url, print)
    shares = result.shares
    low = below(FLOORS, shares)
    assert not low, f"{low}\n{report(result, verbose=True)}"
    wrong = score.wrong_answers(result.heard)
    assert len(wrong) <= MOST_WRONG_ANSWERS, report(result)


def test_nothing_held_out_is_trained_on() -> None:
    """A text of this set that is also an example would prove nothing."""
    known = {_bare(line) for line in _examples()}
    texts = [one.text for name in STARTER for one in case.cases(name)]
    more = ("messages", "dangers")
    texts += [one.text for name in more for one in case.cases(name, case.HERE / "more")]
    held = [*case.dialogues(), *case.dialogues(case.HERE / "more")]
    texts += [step["say"] for one in held for step in one.steps if "say" in step]
    texts += [one.text for one in case.descriptions(case.HERE / "more")]
    # Everybody types 「人工」 and 「你好」 alike; what is longer is somebody's own words.
    copied = [text for text in texts if len(_bare(text)) > 6 and _bare(text) in known]
    assert copied == []


def _examples() -> list[str]:
    files = NLU_DATA.rglob("*.yml")
    found = [re.findall(r"^\s*- (.+)$", f.read_text(encoding="utf-8"), re.M) for f in files]
    return [line for lines in found for line in lines]


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)
