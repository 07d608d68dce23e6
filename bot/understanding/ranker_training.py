"""Training of the knowledge search: the metric, the weights, what tells an answer, thresholds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.knowledge_index import RANKING
from bot.understanding.knowledge_search import EVIDENCE, RESEMBLANCE
from bot.understanding.metric import Metric
from bot.understanding.metric_training import fit_metric
from bot.understanding.ranker import Background, Calibration, Ranker
from bot.understanding.thresholds import Thresholds
from bot.understanding.trials import Trial, Trials, make_trials
from bot.understanding.word_vectors import unit, word_vectors
from bot.understanding.wording import words_by_code

_WORD_AXES = 128
WRONG, NEAR_MISS, NEEDLESS = 0.05, 0.065, 0.50
"""At most these shares of the trials: questions answered wrongly; near misses answered; texts that
no entry answers for which one is offered."""

_AGAINST = frozenset({"lacking", "clash", "elsewhere", "phrasings"})
_EITHER = frozenset({"length"})
"""Evidence that may only speak against an entry, and that may do both; all other may only speak
for it. Without this training took a missing word for a good sign, since longer questions are asked
more often of entries that are there."""
_RIDGE_OF_EVIDENCE = 10.0


def fit_ranker(encoder: Encoder, corpus: Corpus) -> tuple[Ranker, Thresholds]:
    """Everything the knowledge search needs."""
    background = fit_background(corpus)
    metric = fit_metric(encoder, corpus.matters)
    trials, pair, same = fit_trials(encoder, corpus, metric, background)
    ranker = Ranker(metric, background, pair, same, fit_answers(trials))
    return ranker, fit_thresholds(trials)


def fit_trials(
    encoder: Encoder, corpus: Corpus, metric: Metric, background: Background
) -> tuple[Trials, Matrix, Calibration]:
    """Trials, and the pair weights that they are ranked by. The metric is the one in use: topics
    have made it, so that the entries of the trials are as foreign to it as a city's."""
    nothing = np.empty(0, dtype=np.float32)
    unfitted = Calibration(nothing, nothing, nothing)
    even = np.ones(RANKING, dtype=np.float32)
    ranker = Ranker(metric, background, even, _never_the_same(), unfitted)
    trials = make_trials(encoder, corpus, ranker)
    pair, same = _fit_pair(trials.asked), _fit_same(trials.every)
    return trials.rescored(pair, same), pair, same


def _never_the_same() -> Calibration:
    weights = np.append(np.zeros(RESEMBLANCE), -20.0).astype(np.float32)
    return Calibration(weights[:-1], np.ones_like(weights[:-1]), weights)


def _fit_same(trials: Sequence[Trial]) -> Calibration:
    """Are an entry and a topic about the same? Never, if nobody has told it of any."""
    from sklearn.linear_model import LogisticRegression

    seen = np.concatenate([one.seen.likeness[one.alike >= 0] for one in trials])
    truths = np.concatenate([one.alike[one.alike >= 0] for one in trials])
    if len(np.unique(truths)) < 2:
        return _never_the_same()
    pairs = [seen[truths == 1], seen[truths == 0]]
    mean = np.mean([part.mean(axis=0) for part in pairs], axis=0)
    scale = np.sqrt(np.mean([((part - mean) ** 2).mean(axis=0) for part in pairs], axis=0))
    blank = Calibration(mean, scale, np.empty(0, np.float32))
    model = LogisticRegression(C=1.0, solver="newton-cholesky")
    model.fit(blank.standardise(seen), truths)
    weights = np.append(model.coef_[0], model.intercept_[0])
    return replace(blank, weights=weights.astype(np.float32))


def fit_background(corpus: Corpus) -> Background:
    """How common words are in the training data, and the axes in which they differ most."""
    entries = [(e.title, *e.questions, e.answer) for e in corpus.entries]
    texts = [text for entry in entries for text in entry] + [e.title for e in corpus.topics]
    texts += [example.text for example in corpus.intents]
    held = [words_by_code([text]) for text in texts]
    counts = Counter(code for found in held for code in found)
    named = {code: word for found in held for code, word in found.items()}
    codes = np.array(sorted(counts), dtype=np.uint32)
    vectors = word_vectors([named[code] for code in sorted(counts)])
    axes = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1][:, :_WORD_AXES]
    return Background(
        codes,
        np.array([counts[code] for code in sorted(counts)], dtype=np.float32),
        unit(vectors @ axes),
        float(len(texts)),
        np.ascontiguousarray(axes, dtype=np.float32),
    )


def _fit_pair(trials: Sequence[Trial]) -> Matrix:
    """Conditional logit: the entry meant should score above the other candidates."""
    from scipy.optimize import minimize

    usable = [one for one in trials if one.truth in one.seen.rows]
    width = min(len(one.seen.rows) for one in usable)
    features = np.stack([one.seen.features[_with_truth(one, width), :RANKING] for one in usable])

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
    truth = int(np.flatnonzero(one.seen.rows == one.truth)[0])
    others = [place for place in range(len(one.seen.rows)) if place != truth]
    return np.array([truth, *others[: width - 1]])


def fit_answers(trials: Trials) -> Calibration:
    """Does an entry answer? Logistic regression whose weights have the sign that they must have;
    half the weight on questions whose entry is there, half on texts that have none."""
    from scipy.optimize import minimize

    seen = np.concatenate([one.evidence for one in trials.every])
    truths = np.array([truth for one in trials.every for truth in one.truths], dtype=np.float64)
    blank = Calibration(seen.mean(axis=0), seen.std(axis=0) + 1e-6, np.empty(0, np.float32))
    asked = sum(len(one.truths) for one in trials.asked)
    shares = np.ones(len(truths))
    shares[asked:] = asked / max(len(truths) - asked, 1)
    columns = np.column_stack([blank.standardise(seen), np.ones(len(seen))]).astype(np.float64)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        signed = (1 - 2 * truths) * (columns @ weights)
        wrong = 1 / (1 + np.exp(-signed))
        value = shares @ np.logaddexp(0, signed) + _RIDGE_OF_EVIDENCE / 2 * (weights @ weights)
        slope = columns.T @ (shares * wrong * (1 - 2 * truths)) + _RIDGE_OF_EVIDENCE * weights
        return float(value), slope

    start = np.zeros(columns.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_bounds()).x
    return replace(blank, weights=found.astype(np.float32))


def _bounds() -> list[tuple[float | None, float | None]]:
    """Between which each weight of the evidence may lie, and the bias."""
    found: list[tuple[float | None, float | None]] = []
    for name in EVIDENCE:
        free = name in _EITHER
        found.append((None if free or name in _AGAINST else 0.0, 0.0 if name in _AGAINST else None))
    return [*found, (None, None)]


def judge(trials: Trials, count: int = 3) -> dict[str, Matrix]:
    """The confidence in the best entry of every trial of `asked`, `beside` and `other`, each from
    a calibration that has not seen its text."""
    kinds = {"asked": trials.asked, "beside": trials.beside, "other": trials.other}
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
        if _share(wrong & (judged["asked"] >= level)) <= WRONG
        and _share(judged["beside"] >= level) <= NEAR_MISS
    )
    answer = next(harmless, float(levels[-1]))
    choices = float(np.quantile(judged["other"], 1 - NEEDLESS))
    return replace(Thresholds(), answer=answer, choices=min(choices, answer))


def _share(flags: NDArray[np.bool_]) -> float:
    """Of a few entries there may be no near misses at all."""
    return float(flags.mean()) if len(flags) else 0.0
