"""Training of the knowledge search: the metric, the weights, what tells an answer, thresholds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import Classifier
from bot.understanding.classifier_training import FOLDS, fit_linear, folds, vectorise
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_search import (
    Calibration,
    Candidates,
    KnowledgeIndex,
    Metric,
    Ranker,
    asking,
    evidence,
    ranked,
)
from bot.understanding.lexicon import Lexicon
from bot.understanding.reading import Entry
from bot.understanding.thresholds import Thresholds

_RIDGE = 3.0
"""How far the metric stays from full whitening: 1, 3 and 10 were tried."""

WRONG, NEAR_MISS, NEEDLESS = 0.03, 0.05, 0.35
"""At most these shares: held-out questions answered wrongly; answered although their entry is not
there; texts that no entry answers for which one is offered. NEAR_MISS is stricter than its aim of
a tenth: near misses that strangers wrote were answered three times as often as these trials."""

_UNANSWERABLE = frozenset(
    (
        "complaint",
        "report",
        "request_help",
        "suggestion",
        "praise",
        "chitchat",
        "off_topic",
        "invalid_abuse",
        "invalid_ad",
        "invalid_noise",
        "vague",
        "greet",
        "thanks",
        "my_orders",
        "redirect_outside_city",
    )
)
"""Intents whose texts no knowledge entry answers."""


def fit_ranker(encoder: Encoder, corpus: Corpus, intents: Classifier) -> tuple[Ranker, Thresholds]:
    """Everything the knowledge search needs."""
    trials, pair = make_trials(encoder, corpus, intents)
    ranker = Ranker(fit_metric(encoder, corpus.entries), pair, fit_answers(trials))
    return ranker, fit_thresholds(trials)


@dataclass(frozen=True, slots=True)
class Trial:
    """A text put to an index that does not hold it: what was found, the row of its entry (-1
    when no entry answers it), and how likely the intents say it asks for information."""

    text: str
    found: Candidates
    truth: int
    asks: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the best entry is the one meant."""
        return bool(len(self.found.rows)) and int(self.found.rows[0]) == self.truth

    @property
    def evidence(self) -> Matrix:
        """What the calibration looks at, of the first three."""
        return evidence(self.found, self.asks)

    @property
    def truths(self) -> list[bool]:
        """Of the first three, which is the one meant."""
        return [int(row) == self.truth for row in self.found.rows[:3]]


@dataclass(frozen=True, slots=True)
class Trials:
    """Texts of which it is known whether an entry answers them: questions whose entry is there,
    the same without it (near misses), and texts that no entry answers."""

    asked: tuple[Trial, ...]
    absent: tuple[Trial, ...]
    other: tuple[Trial, ...]


def make_trials(
    encoder: Encoder, corpus: Corpus, intents: Classifier, count: int = FOLDS
) -> tuple[Trials, Matrix]:
    """Trials in which neither a question nor its entry shaped the metric, and the pair weights
    fitted on them."""
    parts = [range(part, len(corpus.entries), count) for part in range(count)]
    metrics = [fit_metric(encoder, _others(corpus.entries, rows)) for rows in parts]
    asked = [
        one
        for part in range(count)
        for one in held_out(encoder, corpus.entries, metrics, intents, part)
    ]
    pair = _fit_pair(asked)
    asked = [rescored(one, pair) for one in asked]
    others = unanswerable(encoder, corpus, fit_metric(encoder, corpus.entries), pair)
    return Trials(tuple(asked), tuple(absent(asked)), tuple(others)), pair


def fit_metric(encoder: Encoder, entries: Sequence[Entry]) -> Metric:
    """Whiten what differs between phrasings of one entry; order axes by what differs between."""
    groups = [encoder.encode([entry.title, *entry.questions]) for entry in entries]
    every = np.concatenate(groups)
    mean = every.mean(axis=0)
    within = np.concatenate([group - group.mean(axis=0) for group in groups])
    spread = within.T @ within / len(within)
    spread += _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    values, axes = np.linalg.eigh(spread)
    whitening = axes / np.sqrt(values)
    centres = np.stack([group.mean(axis=0) for group in groups]) - mean
    _, rotation = np.linalg.eigh((centres @ whitening).T @ (centres @ whitening))
    projection = whitening @ rotation[:, ::-1]
    return Metric(mean.astype(np.float32), projection.astype(np.float32))


def held_out(
    encoder: Encoder,
    entries: Sequence[Entry],
    metrics: Sequence[Metric],
    intents: Classifier,
    part: int,
) -> Iterator[Trial]:
    """One question in each `len(metrics)` put to an index that lacks it, in the metric that was
    fitted without its entry."""
    count = len(metrics)
    even = np.ones(4, dtype=np.float32)
    reduced = [_without(entry, part, count) for entry in entries]
    vectors, lexicon = EntryVectors(encoder).of(reduced), Lexicon.of(reduced)
    for group, metric in enumerate(metrics):
        index = KnowledgeIndex(reduced, vectors, metric, lexicon)
        for row in range(group, len(entries), count):
            for question in entries[row].questions[part::count]:
                vector = encoder.encode([question])[0]
                found = ranked(*index.features(question, vector), even)
                yield Trial(question, found, row, asking(intents, vector))


def _others(entries: Sequence[Entry], rows: range) -> list[Entry]:
    return [entry for row, entry in enumerate(entries) if row not in rows]


def absent(trials: Sequence[Trial]) -> list[Trial]:
    """The same questions as if their entry were not in the knowledge base."""
    return [replace(one, found=one.found.without(one.truth), truth=-1) for one in trials]


def unanswerable(encoder: Encoder, corpus: Corpus, metric: Metric, pair: Matrix) -> list[Trial]:
    """Examples of intents that no entry answers, put to the whole knowledge base; whether they
    ask is judged by classifiers that have not seen them."""
    index = KnowledgeIndex(corpus.entries, EntryVectors(encoder).of(corpus.entries), metric)
    vectors, labels = vectorise(encoder, corpus.intents)
    trials: list[Trial] = []
    for train_rows, test_rows in folds(labels, 2):
        judging = fit_linear(vectors[train_rows], labels[train_rows])
        for row in test_rows:
            if labels[row] in _UNANSWERABLE:
                text, vector = corpus.intents[row].text, vectors[row]
                found = ranked(*index.features(text, vector), pair)
                trials.append(Trial(text, found, -1, asking(judging, vector)))
    return trials


def rescored(one: Trial, pair: Matrix) -> Trial:
    """The same trial under other weights."""
    return replace(one, found=ranked(one.found.rows, one.found.features, pair))


def _without(entry: Entry, part: int, count: int) -> Entry:
    kept = [q for place, q in enumerate(entry.questions) if place % count != part]
    return replace(entry, questions=tuple(kept))


def _fit_pair(trials: Sequence[Trial]) -> Matrix:
    """Conditional logit: the entry meant should score above the other candidates."""
    from scipy.optimize import minimize

    usable = [one for one in trials if one.truth in one.found.rows]
    width = min(len(one.found.rows) for one in usable)
    features = np.stack([one.found.features[_with_truth(one, width)] for one in usable])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        slope = np.einsum("ij,ijk->k", shares, features) - features[:, 0].sum(axis=0)
        penalty = 1e-4 * float(weights @ weights)
        value = -np.log(shares[:, 0] + 1e-12).mean() + penalty
        return float(value), slope / len(features) + 2e-4 * weights

    start = np.ones(features.shape[2])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x, dtype=np.float32)


def _with_truth(one: Trial, width: int) -> NDArray[np.intp]:
    """Positions of candidates, the one meant first."""
    truth = int(np.flatnonzero(one.found.rows == one.truth)[0])
    others = [place for place in range(len(one.found.rows)) if place != truth]
    return np.array([truth, *others[: width - 1]])


def fit_answers(trials: Trials) -> Calibration:
    """Does an entry answer? Half the weight on questions whose entry is there, half on
    texts that have none."""
    from sklearn.linear_model import LogisticRegression

    others = (*trials.absent, *trials.other)
    every = (*trials.asked, *others)
    seen = np.concatenate([one.evidence for one in every])
    truths = [truth for one in every for truth in one.truths]
    blank = Calibration(seen.mean(axis=0), seen.std(axis=0) + 1e-6, np.empty(0, np.float32))
    asked_weight = [1.0] * sum(len(one.truths) for one in trials.asked)
    rest = len(truths) - len(asked_weight)
    share = asked_weight + [len(asked_weight) / max(rest, 1)] * rest
    model = LogisticRegression(C=0.1, solver="newton-cholesky")
    model.fit(blank.standardise(seen), truths, sample_weight=share)
    weights = np.append(model.coef_[0], model.intercept_[0])
    return replace(blank, weights=weights.astype(np.float32))


def judge(trials: Trials, count: int = 3) -> dict[str, Matrix]:
    """The confidence in the best entry of every trial of `asked`, `absent` and `other`, each from
    a calibration that has not seen its text."""
    kinds = {"asked": trials.asked, "absent": trials.absent, "other": trials.other}
    best = {kind: np.zeros(len(group), dtype=np.float32) for kind, group in kinds.items()}
    for part in range(count):
        seen = {k: tuple(t for i, t in enumerate(g) if i % count != part) for k, g in kinds.items()}
        calibration = fit_answers(Trials(**seen))
        for kind, group in kinds.items():
            for place in range(part, len(group), count):
                best[kind][place] = calibration.probabilities(group[place].evidence)[0]
    return best


def fit_thresholds(trials: Trials) -> Thresholds:
    """`answer`: the lowest confidence that keeps wrong answers within WRONG and answers to near
    misses within NEAR_MISS. `choices`: keeps offers to texts without an answer within NEEDLESS."""
    judged = judge(trials)
    wrong = np.array([not one.right for one in trials.asked])
    levels = np.linspace(0.2, 0.98, 79)
    harmless = (
        float(level)
        for level in levels
        if (wrong & (judged["asked"] >= level)).mean() <= WRONG
        and (judged["absent"] >= level).mean() <= NEAR_MISS
    )
    answer = next(harmless, float(levels[-1]))
    choices = float(np.quantile(judged["other"], 1 - NEEDLESS))
    return replace(Thresholds(), answer=answer, choices=min(choices, answer))
