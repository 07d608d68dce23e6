"""The engines that can name intents, by the name that HUIYING_ENGINE has for them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from bot.understanding.rasa import RasaEngine
from bot.understanding.reading import EngineOptions, IntentEngine

BUILTIN = "builtin"
"""Needs no opening: it is always there, and helps out for every other."""

Opener = Callable[[EngineOptions], AbstractAsyncContextManager[IntentEngine]]

ENGINES: Mapping[str, Opener] = {
    "rasa": RasaEngine.open,
}
"""A new engine is its own file and one line here (docs/understanding.md, Adding an engine)."""
