"""Training: fits all of the model; needs scikit-learn, serving does not."""

from collections.abc import Callable

from bot.understanding.classifier_training import fit_classifier
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, RememberingEncoder
from bot.understanding.model import Model
from bot.understanding.ranker_training import fit_ranker


def train(encoder: Encoder, corpus: Corpus, progress: Callable[[str], None]) -> Model:
    """Fit everything from nlu_data; about 15 s on one core."""
    roomy = RememberingEncoder(encoder, remembered=200_000)
    progress(f"Training intents from {len(corpus.intents)} examples ...")
    intents = fit_classifier(roomy, corpus.intents)
    progress(f"Training categories from {len(corpus.categories)} examples ...")
    categories = fit_classifier(roomy, corpus.categories)
    progress(f"Training the knowledge search from {len(corpus.entries)} entries ...")
    ranker, thresholds = fit_ranker(roomy, corpus)
    progress(f"Answers from {thresholds.answer:.2f} on, choices from {thresholds.choices:.2f} on.")
    return Model(intents, categories, ranker, thresholds)
