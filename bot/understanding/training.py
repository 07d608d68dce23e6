"""Training: fits the classifiers and the knowledge search; needs scikit-learn, serving does not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import Classifier
from bot.understanding.corpus import Corpus, Example
from bot.understanding.encoder import Encoder, Matrix, RememberingEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_search import (
    Candidates,
    KnowledgeIndex,
    Metric,
    Ranker,
    evidence,
    ranked,
)
from bot.understanding.model import Model
from bot.understanding.reading import Entry
from bot.understanding.thresholds import Thresholds

FOLDS = 5
_SOFTNESS = 10.0
"""C of the logistic regression: 3, 10 and 30 were within a point (docs/understanding.md)."""
_RIDGE = 3.0
"""How far the metric stays from full whitening: 1, 3 and 10 were tried."""

Labels = NDArray[np.str_]

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
        "not_danger",
        "redirect_outside_city",
    )
)
"""Intents whose texts no knowledge entry answers."""


def fit_classifier(encoder: Encoder, examples: Sequence[Example]) -> Classifier:
    """A classifier whose confidences are calibrated on folds it was not trained on."""
    vectors, labels = vectorise(encoder, examples)
    plain = fit_linear(vectors, labels)
    factor = _temperature(vectors, labels)
    return replace(plain, weights=plain.weights * factor, bias=plain.bias * factor)


def vectorise(encoder: Encoder, examples: Sequence[Example]) -> tuple[Matrix, Labels]:
    """The vectors and labels of examples."""
    vectors = encoder.encode([example.text for example in examples])
    return vectors, np.array([example.label for example in examples])


def fit_linear(vectors: Matrix, labels: Labels) -> Classifier:
    """Balanced multinomial logistic regression, not calibrated."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_SOFTNESS, max_iter=100, tol=1e-3, class_weight="balanced")
    model.fit(vectors, labels)
    return Classifier(
        tuple(map(str, model.classes_)),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
    )


def folds(labels: Labels, count: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified parts (train, test), always the same."""
    from sklearn.model_selection import StratifiedKFold

    parts = StratifiedKFold(count, shuffle=True, random_state=0)
    yield from parts.split(labels, labels)


def _temperature(vectors: Matrix, labels: Labels) -> float:
    """The factor on the scores that makes held-out confidences true."""
    from scipy.optimize import minimize_scalar

    train, test = next(folds(labels, 4))
    model = fit_linear(vectors[train], labels[train])
    places = {label: place for place, label in enumerate(model.labels)}
    truth = np.array([places[label] for label in labels[test]])

    def surprise(factor: float) -> float:
        scaled = replace(model, weights=model.weights * factor, bias=model.bias * factor)
        found = scaled.probabilities(vectors[test])[np.arange(len(truth)), truth]
        return float(-np.log(found + 1e-9).mean())

    return float(minimize_scalar(surprise, bounds=(0.3, 4), method="bounded").x)


@dataclass(frozen=True, slots=True)
class Trial:
    """A text put to an index that does not hold it: what was found, and the row of its entry
    (-1 when no entry answers it)."""

    text: str
    found: Candidates
    truth: int

    @property
    def right(self) -> bool:
        """Whether the best entry is the one meant."""
        return bool(len(self.found.rows)) and int(self.found.rows[0]) == self.truth


def fit_ranker(
    encoder: Encoder,
    corpus: Corpus,
    negatives: Sequence[str],
    progress: Callable[[str], None] = lambda _: None,
) -> Ranker:
    """Fit metric, pair weights and calibration on questions held out in turn."""
    metric = fit_metric(encoder, corpus.entries)
    even = np.ones(6, dtype=np.float32)
    trials = [*held_out(encoder, corpus.entries, Ranker(metric, even, even))]
    progress(f"检索：{len(trials)} 个留出问法")
    pair = _fit_pair(trials)
    ranker = Ranker(metric, pair, even)
    asked = [rescored(trial, pair) for trial in trials]
    others = absent(asked) + unanswerable(encoder, corpus.entries, ranker, negatives)
    return replace(ranker, answers=fit_answers(asked, others))


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
    encoder: Encoder, entries: Sequence[Entry], ranker: Ranker, count: int = FOLDS
) -> Iterator[Trial]:
    """Each question put to an index that lacks it (and a fifth of the others)."""
    vectors = EntryVectors(encoder)
    for part in range(count):
        reduced = [_without(entry, part, count) for entry in entries]
        index = KnowledgeIndex(reduced, vectors.of(reduced), ranker.metric)
        for row, entry in enumerate(entries):
            for question in entry.questions[part::count]:
                yield trial(encoder, index, ranker, question, row)


def trial(encoder: Encoder, index: KnowledgeIndex, ranker: Ranker, text: str, row: int) -> Trial:
    """What an index finds for a text."""
    rows, features = index.features(text, encoder.encode([text])[0])
    return Trial(text, ranked(rows, features, ranker.pair), row)


def absent(trials: Sequence[Trial]) -> list[Trial]:
    """The same questions as if their entry were not in the knowledge base."""
    return [Trial(one.text, one.found.without(one.truth), -1) for one in trials]


def unanswerable(
    encoder: Encoder, entries: Sequence[Entry], ranker: Ranker, texts: Sequence[str]
) -> list[Trial]:
    """Texts that no entry answers, put to the whole knowledge base."""
    index = KnowledgeIndex(entries, EntryVectors(encoder).of(entries), ranker.metric)
    return [trial(encoder, index, ranker, text, -1) for text in texts]


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


def fit_answers(asked: Sequence[Trial], others: Sequence[Trial]) -> Matrix:
    """Logistic regression: does the best entry answer? Half the weight on questions whose entry
    is there, half on texts that have none."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    trials = [*asked, *others]
    features = np.stack([evidence(one.text, one.found) for one in trials])
    weights = [1.0] * len(asked) + [len(asked) / len(others)] * len(others)
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=1.0, max_iter=500)
    model.fit(scaler.transform(features), [one.right for one in trials], sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    bias = model.intercept_[0] - slopes @ scaler.mean_
    return np.append(slopes, bias).astype(np.float32)


def train(encoder: Encoder, corpus: Corpus, progress: Callable[[str], None]) -> Model:
    """Fit everything from nlu_data; about 15 s on one core."""
    roomy = RememberingEncoder(encoder, remembered=200_000)
    progress(f"训练：意图（{len(corpus.intents)} 个例句）")
    intents = fit_classifier(roomy, corpus.intents)
    progress(f"训练：分类（{len(corpus.categories)} 个例句）")
    categories = fit_classifier(roomy, corpus.categories)
    progress(f"训练：知识检索（{len(corpus.entries)} 个条目）")
    negatives = [one.text for one in corpus.intents if one.label in _UNANSWERABLE]
    ranker = fit_ranker(roomy, corpus, negatives, progress)
    return Model(intents, categories, ranker, Thresholds())
