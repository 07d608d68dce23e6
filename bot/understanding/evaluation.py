"""Measuring: how well intents, categories and the knowledge search do on what they did not see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.understanding.classifier_training import (
    FOLDS,
    fit_classifier,
    fit_linear,
    folds,
    vectorise,
)
from bot.understanding.corpus import Corpus, Example
from bot.understanding.encoder import Encoder, RememberingEncoder
from bot.understanding.ranker_training import Trials, judge, make_trials

_LEVELS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of a classifier on held-out folds: shares right, right among the first three, right of
    each label, and the commonest confusions (truth, guess, count)."""

    examples: int
    accuracy: float
    top3: float
    by_label: dict[str, float]
    confused: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What answering from a confidence on would do: of questions whose entry is there, the share
    answered rightly and wrongly; the share answered of near misses and of other texts."""

    level: float
    right: float
    wrong: float
    near_miss: float
    other: float


@dataclass(frozen=True, slots=True)
class SearchScore:
    """Of the knowledge search on held-out questions: found first, among three, and decisions."""

    questions: int
    hit1: float
    hit3: float
    curve: tuple[Decision, ...]


def cross_validate(encoder: Encoder, examples: Sequence[Example], count: int = FOLDS) -> LabelScore:
    """Classify each example by a classifier trained on the other folds."""
    vectors, labels = vectorise(RememberingEncoder(encoder, 100_000), examples)
    guesses = np.empty((len(labels), 3), dtype=object)
    for train_rows, test_rows in folds(labels, count):
        model = fit_linear(vectors[train_rows], labels[train_rows])
        best = np.argsort(-model.probabilities(vectors[test_rows]), axis=1)[:, :3]
        guesses[test_rows] = np.array(model.labels, dtype=object)[best]
    right = guesses[:, 0] == labels
    wrong = zip(labels[~right], guesses[~right, 0], strict=True)
    pairs = Counter((str(truth), str(guess)) for truth, guess in wrong)
    return LabelScore(
        examples=len(labels),
        accuracy=float(right.mean()),
        top3=float((guesses == labels[:, None]).any(axis=1).mean()),
        by_label={str(name): float(right[labels == name].mean()) for name in np.unique(labels)},
        confused=tuple((*pair, times) for pair, times in pairs.most_common(20)),
    )


def measure_search(encoder: Encoder, corpus: Corpus) -> SearchScore:
    """Put every question to a knowledge base that does not hold it."""
    roomy = RememberingEncoder(encoder, 200_000)
    trials, _ = make_trials(roomy, corpus, fit_classifier(roomy, corpus.intents))
    listed = [one.truth in one.found.rows[:3] for one in trials.asked]
    return SearchScore(
        questions=len(trials.asked),
        hit1=float(np.mean([one.right for one in trials.asked])),
        hit3=float(np.mean(listed)),
        curve=decisions(trials),
    )


def decisions(trials: Trials) -> tuple[Decision, ...]:
    """Coverage against wrong answers, by the confidence from which the bot answers."""
    confidence = judge(trials)
    right = np.array([one.right for one in trials.asked])
    return tuple(
        Decision(
            level=level,
            right=float((right & (confidence["asked"] >= level)).mean()),
            wrong=float((~right & (confidence["asked"] >= level)).mean()),
            near_miss=float((confidence["absent"] >= level).mean()),
            other=float((confidence["other"] >= level).mean()),
        )
        for level in _LEVELS
    )
