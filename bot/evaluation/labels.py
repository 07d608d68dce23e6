"""How well texts get their label: trained on one part of the examples, measured on another."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np

from bot.evaluation.danger import Alarm, DangerScore, alarm, score_danger
from bot.evaluation.statistics import Interval, macro_f1, wilson
from bot.understanding.corpus import Example
from bot.understanding.danger import ALONE, DangerDetector
from bot.understanding.reading import Guess

FOLDS = 5
LEVELS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_TIMED = 200

Ranking = tuple[Guess, ...]
Rank = Callable[[Sequence[str]], Sequence[Ranking]]
"""Names the likeliest labels of each text, best first."""
Progress = Callable[[str], None]


class Learner(Protocol):
    """An engine that can be trained on any labelled texts."""

    @property
    def name(self) -> str:
        """What the engine is called."""
        ...

    def trained(self, examples: Sequence[Example]) -> AbstractContextManager[Rank]:
        """Train on these; what was trained is there for the time of a block."""
        ...


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text that was classified: what it is, and what was made of it, best first."""

    text: str
    truth: str
    ranking: Ranking

    @property
    def guess(self) -> str:
        """The likeliest label, '' if none was named."""
        return self.ranking[0].name if self.ranking else ""

    @property
    def confidence(self) -> float:
        """How sure the likeliest label is."""
        return self.ranking[0].confidence if self.ranking else 0.0


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Of one label: how many texts have it, and how many of those it was named for (recall), how
    many of the texts named so have it (precision), and the harmonic mean of both."""

    label: str
    examples: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Step:
    """What naming only from a confidence on would do: the shares of all texts that get a label,
    and that get a wrong one."""

    level: float
    named: float
    wrong: float


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The figures of one engine; milliseconds are for one text alone."""

    engine: str
    examples: int
    accuracy: Interval
    macro_f1: Interval
    top3: Interval
    milliseconds: float
    milliseconds_p99: float
    by_label: tuple[LabelFigures, ...]
    confused: tuple[tuple[str, str, int], ...]
    """Truth, guess, and how often; the commonest first."""
    curve: tuple[Step, ...]
    danger: DangerScore | None = None
    """None where no label is a danger."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """An engine that is trained already, whatever the examples."""

    name: str
    rank: Rank

    @contextmanager
    def trained(self, examples: Sequence[Example]) -> Iterator[Rank]:
        """The engine as it is."""
        yield self.rank


def cross_validate(
    learner: Learner,
    examples: Sequence[Example],
    count: int = FOLDS,
    progress: Progress = lambda _: None,
) -> LabelScore:
    """Each example is classified by what was trained on the other folds (stratified)."""
    found, times = unseen(learner, examples, count, progress)
    return score(learner.name, found, times)


def unseen(
    learner: Learner,
    examples: Sequence[Example],
    count: int = FOLDS,
    progress: Progress = lambda _: None,
) -> tuple[list[Labelled], list[float]]:
    """Every example, in order, as what was trained on the other folds classifies it; and the
    milliseconds that some of them took, each alone."""
    from bot.understanding.classifier_training import folds

    labels = np.array([example.label for example in examples])
    found: dict[int, Labelled] = {}
    times: list[float] = []
    for number, (train, test) in enumerate(folds(labels, count), 1):
        progress(f"{learner.name}: fold {number} of {count} ...")
        judged = [examples[row] for row in test]
        with learner.trained([examples[row] for row in train]) as rank:
            # In the later folds an engine may remember the texts, and be too fast.
            times = times or timed(rank, judged[:_TIMED])
            found |= dict(zip(test.tolist(), classified(rank, judged), strict=True))
    return [found[row] for row in range(len(examples))], times


def hold_out(
    learner: Learner, train: Sequence[Example], test: Sequence[Example], danger: float = ALONE
) -> LabelScore:
    """Train on one set and classify the other; `danger` is the threshold of that name."""
    with learner.trained(train) as rank:
        times = timed(rank, test[:_TIMED])
        return score(learner.name, classified(rank, test), times, danger)


def classified(rank: Rank, examples: Sequence[Example]) -> list[Labelled]:
    """The examples with what was made of each."""
    rankings = rank([example.text for example in examples])
    pairs = zip(examples, rankings, strict=True)
    return [Labelled(example.text, example.label, tuple(ranking)) for example, ranking in pairs]


def timed(rank: Rank, examples: Sequence[Example]) -> list[float]:
    """Milliseconds for each text, one after another."""
    times = []
    for example in examples:
        began = perf_counter()
        rank([example.text])
        times.append((perf_counter() - began) * 1000)
    return times


def score(
    engine: str, found: Sequence[Labelled], times: Sequence[float], danger: float = ALONE
) -> LabelScore:
    """The figures of what was classified, with this threshold of danger."""
    right = [one.guess == one.truth for one in found]
    among = [one.truth in {guess.name for guess in one.ranking[:3]} for one in found]
    pairs = Counter((one.truth, one.guess) for one in found if one.guess != one.truth)
    return LabelScore(
        engine=engine,
        examples=len(found),
        accuracy=wilson(sum(right), len(found)),
        macro_f1=macro_f1([one.truth for one in found], [one.guess for one in found]),
        top3=wilson(sum(among), len(found)),
        milliseconds=float(np.mean(times)),
        milliseconds_p99=float(np.quantile(times, 0.99)),
        by_label=_by_label(found),
        confused=tuple((*pair, times_) for pair, times_ in pairs.most_common()),
        curve=_curve(found),
        danger=score_danger(alarms(found), danger),
    )


def _by_label(found: Sequence[Labelled]) -> tuple[LabelFigures, ...]:
    there = Counter(one.truth for one in found)
    named = Counter(one.guess for one in found)
    hits = Counter(one.truth for one in found if one.truth == one.guess)
    figures = (
        LabelFigures(
            label,
            count,
            hits[label] / named[label] if named[label] else 0.0,
            hits[label] / count,
            2 * hits[label] / (count + named[label]),
        )
        for label, count in there.most_common()
    )
    return tuple(figures)


def _curve(found: Sequence[Labelled]) -> tuple[Step, ...]:
    sure = np.array([one.confidence for one in found])
    wrong = np.array([one.guess != one.truth for one in found])
    return tuple(
        Step(level, float((sure >= level).mean()), float((wrong & (sure >= level)).mean()))
        for level in LEVELS
    )


def alarms(found: Sequence[Labelled]) -> list[Alarm]:
    """What signs and rankings together make of the texts."""
    detector = DangerDetector()
    return [alarm(detector, one.text, one.truth, one.ranking) for one in found]
