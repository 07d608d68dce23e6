"""The built-in parts as the server loads them, trained once (tests/model.py)."""

import pytest

from bot.understanding.corpus import Corpus
from bot.understanding.understanding import Builtin, load_builtin
from tests.model import MODEL, ROOT


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus.load(ROOT / "nlu_data")


@pytest.fixture(scope="session")
def builtin(corpus: Corpus) -> Builtin:
    """Cached by the hash of data and code, so only a change of either trains again."""
    parts = load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", MODEL, print)
    parts.search.replace(corpus.entries)
    return parts
