"""The engines that `huiying evaluate` can train on any labelled texts, by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.evaluation.builtin import BuiltinLearner
from bot.evaluation.labels import Learner
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import RememberingEncoder
from config import parts
from config.rasa.learner import RasaLearner
from config.rasa.training import CONFIG
from config.settings import ROOT, Settings

_REMEMBERED = 200_000


@contextmanager
def learners(
    settings: Settings, say: Callable[[str], None], pipeline: Path | None = None
) -> Iterator[Mapping[str, Learner]]:
    """Each engine, nothing trained yet, with the encoder that is chosen; `pipeline` is Rasa's, if
    not the one that was kept. Raises BadSetting or EncoderFailed."""
    corpus = Corpus.load(ROOT / "nlu_data")
    with parts.patient_encoder(settings) as chosen:
        encoder = RememberingEncoder(chosen, _REMEMBERED)
        yield {
            "builtin": BuiltinLearner(encoder, say, corpus.hazards, corpus.places),
            "rasa": RasaLearner(encoder, corpus.hazards, say, pipeline or CONFIG),
        }
