"""What is known better than by an engine: texts that are known word for word, and danger."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.danger_classifier import DangerClassifier
from bot.understanding.known_texts import KnownTexts
from bot.understanding.reading import Guess, IntentEngine

Ranking = tuple[Guess, ...]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Puts right what any engine makes of a text. `dangers` is None where no label is a danger."""

    known: KnownTexts
    dangers: DangerClassifier | None

    def apply(self, text: str, ranking: Ranking) -> Ranking:
        """The ranking put right; () stays (), which says that there is nothing to say."""
        if not ranking:
            return ()
        heard = self.dangers.amend(text, ranking) if self.dangers else ranking
        return self.known.certain(text, heard)

    def apply_all(self, texts: Sequence[str], rankings: Sequence[Ranking]) -> list[Ranking]:
        """Each ranking put right."""
        return [self.apply(text, each) for text, each in zip(texts, rankings, strict=True)]


class Overridden:
    """Another engine, put right."""

    def __init__(self, engine: IntentEngine, overrides: Overrides) -> None:
        self.name = engine.name
        self._engine = engine
        self._overrides = overrides

    async def classify(self, text: str) -> Ranking:
        """As the engine; raises what the engine raises."""
        return self._overrides.apply(text, await self._engine.classify(text))
