"""The built-in engine: intents and categories by linear classifiers over vector and wording."""

from bot.understanding.amendments import Amendments
from bot.understanding.classifier import TextClassifier
from bot.understanding.encoder import Encoder
from bot.understanding.reading import Guess


class BuiltinEngine:
    """Classifies in the process itself; about 2 ms a text, nearly all of it the encoder."""

    name = "builtin"

    def __init__(
        self, encoder: Encoder, classifier: TextClassifier, amendments: Amendments
    ) -> None:
        self.intents = frozenset(classifier.labels)
        self._encoder = encoder
        self._classifier = classifier
        self.amendments = amendments

    async def classify(self, text: str) -> tuple[Guess, ...]:
        """The likeliest intents, best first."""
        return self.rank(text)

    def rank(self, text: str) -> tuple[Guess, ...]:
        """As `classify`, for callers on a thread of their own."""
        return self.amendments.amend(text, self._classifier.rank(self._encoder, text))


class CategoryReader:
    """Names the category (一级/二级) of a matter."""

    def __init__(self, encoder: Encoder, classifier: TextClassifier, threshold: float) -> None:
        """Below `threshold` no category is better than a wrong one."""
        self._encoder = encoder
        self._classifier = classifier
        self._threshold = threshold

    def read(self, text: str) -> str:
        """The category, or '' when unsure."""
        best = self._classifier.rank(self._encoder, text, limit=1)[0]
        return best.name if best.confidence >= self._threshold else ""
