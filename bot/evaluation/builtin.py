"""The built-in classifier as something that can be trained on any labelled texts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from bot.evaluation.labels import Progress, Rank, Ranking
from bot.understanding.builtin import BuiltinEngine
from bot.understanding.classifier_training import fit_classifier, fit_dangers
from bot.understanding.corpus import Example
from bot.understanding.danger_classifier import DangerClassifier, is_danger
from bot.understanding.encoder import Encoder
from bot.understanding.known_texts import KnownTexts
from bot.understanding.overrides import Overrides
from bot.understanding.placing import placed

_BATCH = 32
_PATIENCE = 5.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class BuiltinLearner:
    """Trains the classifiers of the built-in engine. Give it an encoder that remembers: all folds
    encode the same texts. `hazards` are of every fold, if any of its examples is a danger; what is
    told of matters is learned at one of the `places` too."""

    encoder: Encoder
    progress: Progress = lambda _: None
    hazards: Sequence[Example] = ()
    places: Sequence[str] = ()
    name: str = "builtin"

    @contextmanager
    def trained(self, examples: Sequence[Example]) -> Iterator[Rank]:
        """Trained on these."""
        told = placed(examples, self.places)
        self._encode([example.text for example in told])
        classifier = fit_classifier(self.encoder, told)
        overrides = fit_overrides(self.encoder, examples, self.hazards)
        engine = BuiltinEngine(self.encoder, classifier, overrides)

        def rank(texts: Sequence[str]) -> Sequence[Ranking]:
            self._encode(texts)
            return [engine.rank(text) for text in texts]

        yield rank

    def _encode(self, texts: Sequence[str]) -> None:
        """Have the encoder learn the texts, like lengths together, telling how far it is."""
        ordered = sorted(texts, key=len)
        began = monotonic()
        for start in range(0, len(ordered), _BATCH):
            self.encoder.encode(ordered[start : start + _BATCH])
            if monotonic() - began > _PATIENCE:
                self.progress(f"  encoded {start + _BATCH} of {len(ordered)} messages")
                began = monotonic()


def fit_overrides(
    encoder: Encoder, examples: Sequence[Example], hazards: Sequence[Example]
) -> Overrides:
    """What these examples tell that no engine needs to learn."""
    known = KnownTexts.of(examples)
    if not any(is_danger(example.label) for example in examples):
        return Overrides(known, None)
    classifier = fit_dangers(encoder, (*examples, *hazards))
    return Overrides(known, DangerClassifier(encoder, classifier))
