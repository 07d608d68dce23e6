"""Danger: is this an emergency that is happening now? The classifier, and rules from danger.yml."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import yaml

from bot.understanding.reading import Guess
from bot.understanding.text import clean
from bot.understanding.thresholds import Thresholds

RULES = Path(__file__).with_name("danger.yml")
PREFIX = "danger_"
ALONE = Thresholds().danger
_LONGEST_READ = 400
_SENTENCE = re.compile(r"[^。！？!?;；\n]+[。！？!?;；]*")


@dataclass(frozen=True, slots=True)
class _Rules:
    signs: Mapping[str, re.Pattern[str]]
    harmless: re.Pattern[str]
    calm: re.Pattern[str]
    signed: float
    calmly: float


class DangerDetector:
    """Names the danger in a text. How likely there is one says the ranking; how likely it has to
    be says the wording: a sign needs less, what is told calmly needs more."""

    def __init__(self, rules: Path = RULES) -> None:
        self._rules = _load(rules)

    def detect(self, text: str, ranking: Sequence[Guess], alone: float = ALONE) -> str:
        """`danger_fire` and so on, or ''. `ranking` is what was made of the text, which from a
        probability of `alone` of any danger is heard without a sign; without a ranking the signs
        alone are."""
        read = clean(text, _LONGEST_READ)
        signs = self._signs(read)
        dangers = [guess.name for guess in ranking if guess.name.startswith(PREFIX)]
        if not ranking:
            return next(iter(signs), "")
        if not dangers or self.likely(ranking) < self._level(read, bool(signs), alone):
            return ""
        return next((name for name in dangers if name in signs), dangers[0])

    def likely(self, ranking: Sequence[Guess]) -> float:
        """The probability of any danger."""
        return sum(guess.confidence for guess in ranking if guess.name.startswith(PREFIX))

    def _level(self, text: str, signed: bool, alone: float) -> float:
        """The probability from which a danger is heard."""
        rules = self._rules
        if signed:
            return min(alone, rules.signed)
        if rules.harmless.search(text):
            return inf
        return max(alone, rules.calmly) if rules.calm.search(text) else alone

    def _signs(self, text: str) -> list[str]:
        """The dangers that a sentence without anything calm has a sign of."""
        rules = self._rules
        told = [s for s in _SENTENCE.findall(text) if not rules.calm.search(s)]
        rest = [rules.harmless.sub("，", sentence) for sentence in told]
        return [name for name, sign in rules.signs.items() if any(map(sign.search, rest))]


def _load(path: Path) -> _Rules:
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return _Rules(
        signs={name: _any(patterns) for name, patterns in data["signs"].items()},
        harmless=_any(data["harmless"].values()),
        calm=_any(data["calm"].values()),
        signed=data["signed"],
        calmly=data["calmly"],
    )


def _any(patterns: Any) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
