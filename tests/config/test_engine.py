"""Which engine the settings choose, and what they are told when they choose none that is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.understanding import engines
from bot.understanding.reading import EngineOptions, Guess
from config import engine
from config.settings import BadSetting, Settings

INTENTS = frozenset({"greet"})


class Parrot:
    """What somebody's own engine would look like."""

    name = "parrot"

    def __init__(self, options: EngineOptions) -> None:
        self.options = options

    async def classify(self, text: str) -> tuple[Guess, ...]:
        return (Guess("greet", 1.0),)

    @classmethod
    @asynccontextmanager
    async def open(cls, options: EngineOptions) -> AsyncIterator["Parrot"]:
        yield cls(options)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ENGINES", {**engines.ENGINES, "parrot": Parrot.open})


async def test_without_a_setting_it_is_the_builtin_one() -> None:
    async with engine.chosen(Settings(), INTENTS) as found:
        assert found is None


async def test_rasa_url_chooses_rasa_and_may_be_overruled() -> None:
    url = "http://127.0.0.1:5005"
    async with engine.chosen(Settings(rasa_url=url), INTENTS) as found:
        assert found is not None
        assert found.name == "rasa"
    async with engine.chosen(Settings(rasa_url=url, engine="builtin"), INTENTS) as found:
        assert found is None


@pytest.mark.usefixtures("parrot")
async def test_a_registered_engine_is_opened_with_its_server_and_the_intents() -> None:
    url = "https://nlu.example.gov.cn"
    known = Settings(engine="parrot", engine_url=url, engine_token="s3cret")
    async with engine.chosen(known, INTENTS) as found:
        assert isinstance(found, Parrot)
        assert found.options == EngineOptions(url, "s3cret", INTENTS)
        assert "s3cret" not in repr(found.options)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"engine": "eliza"}, "HUIYING_ENGINE: there is no engine 'eliza'; choose one of builtin"),
        ({"engine": "rasa"}, "HUIYING_ENGINE: rasa needs RASA_URL"),
        ({"rasa_url": "127.0.0.1:5005"}, "RASA_URL: not an address"),
        ({"rasa_url": "http://"}, "RASA_URL: not an address"),
        ({"rasa_url": "http://rasa:port"}, "RASA_URL: not an address"),
    ],
)
def test_a_wrong_choice_is_told_in_one_sentence(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        engine.server(Settings(**chosen))
