"""The built-in engine: intents and categories by linear classifiers over sentence vectors."""

from collections.abc import Iterable, Mapping

from bot.understanding.classifier import Classifier
from bot.understanding.corpus import Example
from bot.understanding.encoder import Encoder
from bot.understanding.reading import Guess
from bot.understanding.text import clean

_EXACT = 0.99
"""Sure of a text that stands in the training data under one label only."""
_PUNCTUATION = str.maketrans("", "", " ,.!?~。，！？～、;:…")


class BuiltinEngine:
    """Classifies in the process itself; about 2 ms a text, nearly all of it the encoder."""

    name = "builtin"

    def __init__(self, encoder: Encoder, classifier: Classifier, known: Mapping[str, str]) -> None:
        """`known` are bare texts whose intent is certain (see `known_texts`)."""
        self.intents = frozenset(classifier.labels)
        self._encoder = encoder
        self._classifier = classifier
        self._known = known

    async def classify(self, text: str) -> tuple[Guess, ...]:
        """The likeliest intents, best first."""
        return self.rank(text)

    def rank(self, text: str) -> tuple[Guess, ...]:
        """As `classify`, for callers on a thread of their own."""
        ranking = self._classifier.rank(self._encoder, text)
        known = self._known.get(bare(text))
        if known is None:
            return ranking
        others = (guess for guess in ranking if guess.name != known)
        rest = tuple(Guess(other.name, other.confidence * (1 - _EXACT)) for other in others)
        return (Guess(known, _EXACT), *rest)


class CategoryReader:
    """Names the category (一级/二级) of a matter."""

    def __init__(self, encoder: Encoder, classifier: Classifier, threshold: float) -> None:
        """Below `threshold` no category is better than a wrong one."""
        self._encoder = encoder
        self._classifier = classifier
        self._threshold = threshold

    def read(self, text: str) -> str:
        """The category, or '' when unsure."""
        best = self._classifier.rank(self._encoder, text, limit=1)[0]
        return best.name if best.confidence >= self._threshold else ""


def bare(text: str) -> str:
    """The text without punctuation and case."""
    return clean(text).translate(_PUNCTUATION).lower()


def known_texts(examples: Iterable[Example]) -> dict[str, str]:
    """The intent of each training text that stands under one intent only."""
    labels: dict[str, set[str]] = {}
    for example in examples:
        labels.setdefault(bare(example.text), set()).add(example.label)
    return {text: next(iter(found)) for text, found in labels.items() if len(found) == 1 and text}
