"""Learns the metric: a way to ask shall lie nearer to its own matter than to all others.

Contrastive learning (InfoNCE) by hand: two linear layers and their slopes are a page of numpy, a
framework for them would be 200 MB of every installation.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.metric import TITLE_WEIGHT, Codes, Metric
from bot.understanding.reading import Entry
from bot.understanding.word_vectors import unit
from bot.understanding.wording import words_by_code

SIZE = 160
"""Axes; all 512 of the encoder find no more (docs/understanding.md)."""
_RIDGE = 3.0
"""How far the start stays from full whitening: 1, 3 and 10 were tried."""
_ROUNDS = 16
_BATCH, _BLOCK = 256, 16
"""Matters compared at once, and neighbours among them: siblings stand together in a file, and are
what is hard to tell apart."""
_TEMPERATURE = 0.1
_REACH = 0.6
"""How far words may move a text in the beginning, against its vector."""
_DROPPED = 0.3
"""Share of the words that are left out in each round, so that none decides alone."""
_BARE = 0.4
"""Share of matters that are shown by their title only, as imported entries are."""
_FEWEST = 2
"""Texts that must hold a word for it to move them."""
_STEP = (3e-4, 5e-3)
"""Of the projection and of the words."""
_DECAY = 0.05

Floats = NDArray[np.float32]


Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text by its vector and its words: the rows of those that are known, of `count` in all."""

    vector: Matrix
    rows: Rows
    count: int


def fit_metric(encoder: Encoder, entries: Sequence[Entry]) -> Metric:
    """The metric in which the ways to ask for each of these entries and topics lie close; entries
    without one are left out. 10 s for 3,000."""
    groups = [(entry.title, *entry.questions) for entry in entries if entry.questions]
    vectors = _split(encoder.encode([text for group in groups for text in group]), groups)
    said = [[list(words_by_code([text])) for text in group] for group in groups]
    codes = _shared(said)
    mean, projection = whitening(vectors)
    model = _Model(mean, projection, len(codes))
    _learn(model, _Matters(vectors, said, codes))
    return _widest_first(model, codes, np.concatenate(vectors))


def whitening(groups: Sequence[Matrix]) -> tuple[Matrix, Matrix]:
    """The mean, and the projection that shrinks what differs between phrasings of one matter
    (WCCN), axes ordered by what differs between matters; texts get a length of about 1."""
    every = np.concatenate(groups)
    mean = every.mean(axis=0)
    within = np.concatenate([group - group.mean(axis=0) for group in groups])
    spread = within.T @ within / len(within)
    spread += _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    values, axes = np.linalg.eigh(spread)
    white = axes / np.sqrt(values)
    centres = np.stack([group.mean(axis=0) for group in groups]) - mean
    _, rotation = np.linalg.eigh((centres @ white).T @ (centres @ white))
    projection = (white @ rotation[:, ::-1])[:, :SIZE]
    projection /= np.linalg.norm((every - mean) @ projection, axis=1).mean()
    return mean.astype(np.float32), projection.astype(np.float32)


def _split(vectors: Matrix, groups: Sequence[Sequence[str]]) -> list[Matrix]:
    return np.split(vectors, np.cumsum([len(group) for group in groups])[:-1])


def _shared(said: Sequence[Sequence[Sequence[int]]]) -> Codes:
    counts = Counter(code for group in said for codes in group for code in codes)
    return np.array(sorted(c for c, n in counts.items() if n >= _FEWEST), dtype=np.uint32)


class _Matters:
    """The matters to be told apart, each a title and ways to ask, as vectors and words."""

    def __init__(
        self,
        vectors: Sequence[Matrix],
        said: Sequence[Sequence[Sequence[int]]],
        codes: Codes,
    ) -> None:
        self._dice = np.random.default_rng(0)
        rows = {code: row for row, code in enumerate(codes.tolist())}
        # A word that is unknown keeps a number below 0: of all words it is one.
        self._words = [
            [[rows.get(code, ~code) for code in codes] for codes in group] for group in said
        ]
        self._vectors = vectors

    def batches(self) -> Iterator[tuple[list[_Text], list[_Text]]]:
        """All of them once, neighbours together: a way to ask of each, and the rest of it."""
        size = len(self._vectors)
        begin = int(self._dice.integers(-_BLOCK, 0)) + 1
        blocks = [range(max(at, 0), min(at + _BLOCK, size)) for at in range(begin, size, _BLOCK)]
        order = [row for place in self._dice.permutation(len(blocks)) for row in blocks[place]]
        for start in range(0, len(order), _BATCH):
            pairs = [self._pair(row) for row in order[start : start + _BATCH]]
            if len(pairs) > 1:
                yield [one for one, _ in pairs], [other for _, other in pairs]

    def _pair(self, matter: int) -> tuple[_Text, _Text]:
        vectors, words = self._vectors[matter], self._words[matter]
        chosen = int(self._dice.integers(len(vectors)))
        rest = [place for place in range(len(vectors)) if place != chosen]
        if self._dice.random() < _BARE:
            rest = rest[:1]
        weights = np.array([TITLE_WEIGHT if place == 0 else 1.0 for place in rest])
        profile = (weights @ vectors[rest]).astype(np.float32)
        said = dict.fromkeys(word for place in rest for word in words[place])
        return self._text(vectors[chosen], words[chosen]), self._text(profile, list(said))

    def _text(self, vector: Matrix, words: Sequence[int]) -> _Text:
        known = np.array([word for word in words if word >= 0], dtype=np.intp)
        kept = known[self._dice.random(len(known)) >= _DROPPED]
        return _Text(vector / np.linalg.norm(vector), kept, max(len(words), 1))


class _Placed:
    """Texts in the space, and the way back: what a change of their places means for the model."""

    def __init__(self, model: "_Model", texts: Sequence[_Text]) -> None:
        from scipy.sparse import csr_array

        ends = np.cumsum([0, *(len(text.rows) for text in texts)])
        weights = [_REACH / np.sqrt(text.count) for text in texts]
        values = np.repeat(weights, np.diff(ends)).astype(np.float32)
        columns = np.concatenate([text.rows for text in texts])
        self._said = csr_array((values, columns, ends), shape=(len(texts), len(model.words)))
        self._moved = np.stack([text.vector for text in texts]) - model.mean
        near = self._moved @ model.projection
        self._near_length = np.linalg.norm(near, axis=1, keepdims=True)
        self._near = near / self._near_length
        far = self._near + self._said @ model.words
        self._length = np.linalg.norm(far, axis=1, keepdims=True)
        self.places: Floats = far / self._length

    def slopes(self, change: Floats) -> tuple[Floats, Floats]:
        """Of the projection and of the words, from those of the places."""
        far = _tangent(change, self.places) / self._length
        near = _tangent(far, self._near) / self._near_length
        return self._moved.T @ near, self._said.T @ far


class _Model:
    """What is learned."""

    def __init__(self, mean: Matrix, projection: Matrix, count: int) -> None:
        self.mean = mean
        self.projection = projection.copy()
        self.words = np.zeros((count, projection.shape[1]), dtype=np.float32)


class _Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019) on one array, in place."""

    def __init__(self, values: Floats, step: float, decay: float) -> None:
        self._values, self._step, self._decay = values, step, decay
        self._mean, self._square, self._count = np.zeros_like(values), np.zeros_like(values), 0

    def move(self, slope: Floats) -> None:
        self._count += 1
        self._mean += 0.1 * (slope - self._mean)
        self._square += 0.001 * (slope * slope - self._square)
        mean = self._mean / (1 - 0.9**self._count)
        square = self._square / (1 - 0.999**self._count)
        self._values *= 1 - self._step * self._decay
        self._values -= self._step * mean / (np.sqrt(square) + 1e-8)


def _learn(model: _Model, matters: _Matters) -> None:
    projection = _Adam(model.projection, _STEP[0], 0.0)
    words = _Adam(model.words, _STEP[1], _DECAY)
    for _ in range(_ROUNDS):
        for asked, meant in matters.batches():
            left, right = _Placed(model, asked), _Placed(model, meant)
            change = _unlikely(left.places @ right.places.T)
            from_left = left.slopes(change @ right.places)
            from_right = right.slopes(change.T @ left.places)
            projection.move(from_left[0] + from_right[0])
            words.move(from_left[1] + from_right[1])


def _unlikely(likeness: Floats) -> Floats:
    """The slope of the loss: each text should find its own matter, each matter its own text."""
    scores = likeness / _TEMPERATURE
    shares = _softmax(scores) + _softmax(scores.T).T - 2 * np.eye(len(scores), dtype=np.float32)
    slope: Floats = shares / (2 * len(scores) * _TEMPERATURE)
    return slope


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _tangent(change: Floats, places: Floats) -> Floats:
    """A change of places that have length 1 and keep it."""
    along: Floats = change - places * (change * places).sum(axis=1, keepdims=True)
    return along


def _widest_first(model: _Model, codes: Codes, vectors: Matrix) -> Metric:
    places = unit((vectors - model.mean) @ model.projection)
    axes: Floats = np.linalg.eigh(places.T @ places)[1][:, ::-1].astype(np.float32)
    words: Floats = (_REACH * model.words @ axes).astype(np.float32)
    return Metric(model.mean, model.projection @ axes, codes, words)
