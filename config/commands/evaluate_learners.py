"""The engines that `huiying evaluate` can train on any labelled texts, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.evaluation.builtin import BuiltinLearner
from bot.evaluation.labels import Learner
from bot.understanding.encoder import RememberingEncoder, SentenceEncoder
from config.rasa.learner import RasaLearner
from config.rasa.training import CONFIG

_REMEMBERED = 200_000


def learners(say: Callable[[str], None], pipeline: Path | None = None) -> Mapping[str, Learner]:
    """Each engine, nothing trained yet; `pipeline` is Rasa's, if not the one that was kept."""
    return {
        "builtin": BuiltinLearner(RememberingEncoder(SentenceEncoder(), _REMEMBERED), say),
        "rasa": RasaLearner(say, pipeline or CONFIG),
    }
