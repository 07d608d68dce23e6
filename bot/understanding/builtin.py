"""The built-in engine: intents and categories by linear classifiers over vector and wording."""

from collections.abc import Sequence
from itertools import chain

from bot.understanding.classifier import TextClassifier
from bot.understanding.encoder import Encoder
from bot.understanding.overrides import Overrides
from bot.understanding.reading import Guess

MOST_CATEGORIES = 12
"""Of 60; the others have 5 % of the probability together."""


class BuiltinEngine:
    """Classifies in the process itself; about 2 ms a text, nearly all of it the encoder."""

    name = "builtin"

    def __init__(self, encoder: Encoder, classifier: TextClassifier, overrides: Overrides) -> None:
        self.intents = frozenset(classifier.labels)
        self._encoder = encoder
        self.classifier = classifier
        self.overrides = overrides

    async def classify(self, text: str) -> tuple[Guess, ...]:
        """The likeliest intents, best first."""
        return self.rank(text)

    def rank(self, text: str) -> tuple[Guess, ...]:
        """As `classify`, for callers on a thread of their own."""
        return self.overrides.apply(text, self.classifier.rank(self._encoder, text))


class CategoryReader:
    """Names the category (一级/二级) of a matter."""

    def __init__(self, encoder: Encoder, classifier: TextClassifier, threshold: float) -> None:
        """Below `threshold` no category is better than a wrong one."""
        self._encoder = encoder
        self._classifier = classifier
        self._threshold = threshold

    def rank(self, *told: str) -> tuple[Guess, ...]:
        """The likeliest categories of a matter, best first: the mean of the ways it is told."""
        rankings = [self._classifier.rank(self._encoder, text, MOST_CATEGORIES) for text in told]
        if len(rankings) == 1:
            return rankings[0]
        chances = dict[str, float]()
        for guess in chain.from_iterable(rankings):
            chances[guess.name] = chances.get(guess.name, 0.0) + guess.confidence / len(told)
        best = sorted(chances.items(), key=lambda item: -item[1])[:MOST_CATEGORIES]
        return tuple(Guess(name, chance) for name, chance in best)

    def named(self, ranking: Sequence[Guess]) -> str:
        """The best of a ranking, or '' when unsure."""
        best = ranking[0]
        return best.name if best.confidence >= self._threshold else ""
