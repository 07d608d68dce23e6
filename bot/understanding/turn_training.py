"""Training of what hears citizens while an order is being made, from nlu_data/turns."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bot.understanding.act_classifier import (
    VECTOR,
    WORDING,
    ActClassifier,
    InputReader,
    Inputs,
)
from bot.understanding.classifier import TextClassifier
from bot.understanding.encoder import Encoder, RememberingEncoder
from bot.understanding.encoding import encode
from bot.understanding.ngrams import Ngrams
from bot.understanding.turn_features import LONGEST, Features, features
from bot.understanding.turn_tagger import TurnTagger, tags
from bot.understanding.turns import TurnExample

_FOLDS = 2
_SETTINGS = {"c1": 0.05, "c2": 0.1, "max_iterations": 60, "feature.minfreq": 2}
"""CRFsuite's L1 and L2: 0.1 and 0.05 were as good (docs/understanding.md)."""
_SOFTNESS = 1.5
"""C of the logistic regression of acts."""


def fit_turns(
    encoder: Encoder, intents: TextClassifier, examples: Sequence[TurnExample]
) -> tuple[TurnTagger, ActClassifier]:
    """A tagger and a classifier of acts.

    The classifier sees spans that taggers found who had not learned the text: those of its own
    examples a tagger knows better than any others.
    """
    seen = [_seen(example) for example in examples]
    roomy = RememberingEncoder(encoder, remembered=4 * len(examples))
    encode(roomy, [text for one in examples for text in (one.text, one.standing.facts)])
    reader = InputReader(roomy, intents)
    inputs, acts = list[Inputs](), list[str]()
    for fold in range(_FOLDS):
        rest = [at for at in range(len(examples)) if at % _FOLDS != fold]
        tagger = fit_tagger([examples[at] for at in rest], [seen[at] for at in rest])
        for example, each in zip(examples[fold::_FOLDS], seen[fold::_FOLDS], strict=True):
            spans = tagger.tag(each)
            inputs.append(reader.read(example.text, example.standing, spans))
            acts.append(example.act)
    return fit_tagger(examples, seen), fit_acts(inputs, acts)


def _seen(example: TurnExample) -> Features:
    return features(example.text[:LONGEST], example.standing)


def fit_tagger(examples: Sequence[TurnExample], seen: Sequence[Features]) -> TurnTagger:
    """A tagger; `seen` are the features of the examples."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params(_SETTINGS)
    for example, each in zip(examples, seen, strict=True):
        trainer.append(pycrfsuite.ItemSequence(each), tags(example.text, example.spans))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tagger"
        trainer.train(str(file))
        return TurnTagger(file.read_bytes())


def fit_acts(inputs: Sequence[Inputs], acts: Sequence[str]) -> ActClassifier:
    """The classifier of inputs and what they meant."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    ngrams = Ngrams.of([each.codes for each in inputs])
    names = sorted({name for each in inputs for name in each.facts})
    columns = {name: at for at, name in enumerate(names)}
    wordings = np.zeros((len(inputs), len(ngrams.known)), dtype=np.float32)
    facts = np.zeros((len(inputs), len(names)), dtype=np.float32)
    for row, each in enumerate(inputs):
        places, values = ngrams.weigh(each.codes)
        wordings[row, places] = WORDING * values
        for name, value in each.facts.items():
            facts[row, columns[name]] = value
    vectors = VECTOR * np.stack([each.vector for each in inputs])
    together = hstack([csr_matrix(wordings), csr_matrix(vectors), csr_matrix(facts)]).tocsr()
    model = LogisticRegression(C=_SOFTNESS, max_iter=500, tol=1e-4)
    # In single precision the last digit, which differs between machines, ends up in the first.
    model.fit(together.astype(np.float64), np.array(acts))
    return ActClassifier(
        tuple(map(str, model.classes_)),
        ngrams,
        columns,
        np.ascontiguousarray(model.coef_.T).astype(np.float32),
        model.intercept_.astype(np.float32),
    )
