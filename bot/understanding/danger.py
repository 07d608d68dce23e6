"""Danger: is this an emergency that is happening now? Rules from danger.yml, and the classifier."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.understanding.reading import Guess
from bot.understanding.text import clean

RULES = Path(__file__).with_name("danger.yml")
PREFIX = "danger_"
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
    alone: float
    unlikely: float


class DangerDetector:
    """Names the danger in a text. Missing one costs a life, so it hears rules and classifier."""

    def __init__(self, rules: Path = RULES) -> None:
        self._rules = _load(rules)

    def detect(self, text: str, ranking: Sequence[Guess]) -> str:
        """`danger_fire` and so on, or ''. `ranking` is what the classifier made of the text."""
        dangers = [guess for guess in ranking if guess.name.startswith(PREFIX)]
        likely = sum(guess.confidence for guess in dangers)
        if ranking and likely < self._rules.unlikely and not self._rules.urgent.search(text):
            return ""
        for sentence in _SENTENCE.findall(clean(text, _LONGEST_READ)):
            signs = self._signs(sentence)
            if signs and self._happening(sentence, text, likely):
                return next((guess.name for guess in dangers if guess.name in signs), signs[0])
        return dangers[0].name if dangers and self._alone(text, likely) else ""

    def _signs(self, sentence: str) -> list[str]:
        rest = self._rules.harmless.sub("，", sentence)
        return [name for name, sign in self._rules.signs.items() if sign.search(rest)]

    def _alone(self, text: str, likely: float) -> bool:
        """Whether the classifier is heard without a sign."""
        rules = self._rules
        # The length first: the patterns take the square of it.
        if likely < rules.alone or not self._short(text):
            return False
        return not (rules.calm.search(text) or rules.harmless.search(text))

    def _happening(self, sentence: str, text: str, likely: float) -> bool:
        rules = self._rules
        if not rules.calm.search(sentence):
            return (self._short(text) and not self._past(text)) or likely >= rules.alone
        return bool(rules.urgent.search(sentence)) and likely >= rules.alone

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
        alone=data["alone"],
        unlikely=data["unlikely"],
    )


def _any(patterns: Any) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
