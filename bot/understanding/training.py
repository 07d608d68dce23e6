"""Training: fits all of the model; needs scikit-learn, serving does not."""

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.understanding.classifier_training import fit_classifier, fit_dangers
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, RememberingEncoder
from bot.understanding.encoding import encode
from bot.understanding.entry_vectors import EntryVectors, texts_of
from bot.understanding.model import Model
from bot.understanding.placing import placed
from bot.understanding.ranker_training import fit_ranker


def train(encoder: Encoder, corpus: Corpus, progress: Callable[[str], None], folder: Path) -> Model:
    """Fit everything from nlu_data; about 60 s on one core, less on several. The vectors of the
    entries go into `folder` while those of their texts are at hand."""
    roomy = RememberingEncoder(encoder, remembered=200_000)
    intents_told = placed(corpus.intents, corpus.places)
    categories_told = placed(corpus.categories, corpus.places, {c.label for c in corpus.categories})
    hazards_told = placed((*corpus.intents, *corpus.hazards), corpus.places)
    told = [example.text for example in (*intents_told, *hazards_told, *categories_told)]
    texts = list(dict.fromkeys((*told, *_texts(corpus))))
    progress(f"Reading {len(texts)} texts of nlu_data ...")
    encode(roomy, texts)
    EntryVectors(roomy, folder).of((*corpus.entries, *corpus.topics))
    progress(f"Training intents from {len(corpus.intents)} examples ...")
    intents = fit_classifier(roomy, intents_told)
    dangers = fit_dangers(roomy, hazards_told)
    progress(f"Training categories from {len(corpus.categories)} examples ...")
    categories = fit_classifier(roomy, categories_told)
    progress(
        f"Training the knowledge search from {len(corpus.topics)} topics"
        f" and {len(corpus.practice)} knowledge bases ..."
    )
    ranker, thresholds = fit_ranker(roomy, corpus)
    progress(f"Answers from {thresholds.answer:.2f} on, choices from {thresholds.choices:.2f} on.")
    return Model(intents, dangers, categories, ranker, thresholds)


def _texts(corpus: Corpus) -> Iterator[str]:
    for example in corpus.hazards:
        yield example.text
    for entry in (*corpus.entries, *corpus.topics):
        yield from texts_of(entry)
    for base in corpus.practice:
        yield from (*(text for text, _ in base.asked), *base.beside, *base.others)
        for entry in base.entries:
            yield from texts_of(entry)
