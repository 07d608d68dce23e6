"""The engines that `huiying evaluate` can train on any labelled texts, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.evaluation.builtin import BuiltinLearner
from bot.evaluation.labels import Learner
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import RememberingEncoder, SentenceEncoder
from config.rasa.learner import RasaLearner
from config.rasa.training import CONFIG
from config.settings import ROOT

_REMEMBERED = 200_000


def learners(say: Callable[[str], None], pipeline: Path | None = None) -> Mapping[str, Learner]:
    """Each engine, nothing trained yet; `pipeline` is Rasa's, if not the one that was kept."""
    hazards = Corpus.load(ROOT / "nlu_data").hazards
    encoder = RememberingEncoder(SentenceEncoder(), _REMEMBERED)
    return {
        "builtin": BuiltinLearner(encoder, say, hazards),
        "rasa": RasaLearner(encoder, hazards, say, pipeline or CONFIG),
    }
