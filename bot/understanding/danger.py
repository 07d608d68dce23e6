"""Danger: is this an emergency that is happening now? Rules from danger.yml, and the classifier."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    past: re.Pattern[str]
    urgent: re.Pattern[str]
    longest: int
    unlikely: float


class DangerDetector:
    """Names the danger in a text. Missing one costs a life, so it hears rules and classifier."""

    def __init__(self, rules: Path = RULES) -> None:
        self._rules = _load(rules)

    def detect(self, text: str, ranking: Sequence[Guess], alone: float = ALONE) -> str:
        """`danger_fire` and so on, or ''. `ranking` is what the classifier made of the text, which
        from a probability of `alone` of any danger is heard without a sign."""
        dangers = [guess for guess in ranking if guess.name.startswith(PREFIX)]
        likely = self.likely(ranking)
        if ranking and likely < self._rules.unlikely and not self._rules.urgent.search(text):
            return ""
        for sentence in _SENTENCE.findall(clean(text, _LONGEST_READ)):
            signs = self._signs(sentence)
            if signs and self._happening(sentence, text, likely >= alone):
                return next((guess.name for guess in dangers if guess.name in signs), signs[0])
        return dangers[0].name if dangers and likely >= alone and self._trusted(text) else ""

    def likely(self, ranking: Sequence[Guess]) -> float:
        """The probability of any danger."""
        return sum(guess.confidence for guess in ranking if guess.name.startswith(PREFIX))

    def _signs(self, sentence: str) -> list[str]:
        rest = self._rules.harmless.sub("，", sentence)
        return [name for name, sign in self._rules.signs.items() if sign.search(rest)]

    def _trusted(self, text: str) -> bool:
        """Whether a sure classifier is heard without a sign."""
        rules = self._rules
        # The length first: the patterns take the square of it.
        return self._short(text) and not (rules.calm.search(text) or rules.harmless.search(text))

    def _happening(self, sentence: str, text: str, sure: bool) -> bool:
        rules = self._rules
        if not rules.calm.search(sentence):
            return (self._short(text) and not self._past(text)) or sure
        return sure and bool(rules.urgent.search(sentence))

    def _past(self, text: str) -> bool:
        return bool(self._rules.past.search(text)) and not self._rules.urgent.search(text)

    def _short(self, text: str) -> bool:
        return len(text) <= self._rules.longest


def _load(path: Path) -> _Rules:
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return _Rules(
        signs={name: _any(patterns) for name, patterns in data["signs"].items()},
        harmless=_any(data["harmless"].values()),
        calm=_any(data["calm"].values()),
        past=re.compile(data["calm"]["past"]),
        urgent=re.compile(data["urgent"]),
        longest=data["longest"],
        unlikely=data["unlikely"],
    )


def _any(patterns: Any) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
