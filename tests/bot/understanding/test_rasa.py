"""A Rasa server that misbehaves in every way we know costs no citizen an answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from backend.database import Database
from bot.understanding.danger_classifier import is_danger
from bot.understanding.engines import ENGINES
from bot.understanding.rasa import RasaEngine
from bot.understanding.reading import EngineError, EngineOptions, IntentEngine
from bot.understanding.standby import FALLBACKS, PATIENCE
from channels.simulator.server import FakeWeChat
from config import app, city
from config.app import System
from config.settings import HERE, Settings
from tests.acceptance.house import ACCOUNT, TEMPLATES, free_port
from tests.bot.person import Person

TOKEN = "t0ken-of-rasa"
QUESTION = "公积金租房提取需要什么材料"
Misbehaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def ranking(text: str, *intents: tuple[object, object]) -> dict[str, Any]:
    found = [{"name": name, "confidence": confidence} for name, confidence in intents]
    return {"text": text, "intent": found[0], "intent_ranking": found, "entities": []}


class PlayedRasa:
    """Answers `/model/parse` as Rasa does, until told to misbehave."""

    def __init__(self) -> None:
        self.misbehave: Misbehaviour | None = None
        self.heard: list[str] = []

    async def parse(self, request: web.Request) -> web.StreamResponse:
        text = (await request.json())["text"]
        self.heard.append(text)
        if self.misbehave:
            return await self.misbehave(request)
        if request.query.get("token") != TOKEN:
            return web.json_response({"status": "failure"}, status=401)
        return web.json_response(ranking(text, ("ask_provident_fund", 0.9), ("complaint", 0.05)))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/model/parse", self.parse)
        async with TestServer(application) as server:
            yield str(server.make_url(""))


def raw(body: bytes, status: int = 200, **headers: str) -> Misbehaviour:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=headers)

    return answer


def says(*intents: tuple[object, object], text: str | None = None) -> Misbehaviour:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["text"]
        return raw_json(ranking(asked if text is None else text, *intents))

    return answer


def raw_json(value: Any) -> web.Response:
    return web.Response(text=json.dumps(value), content_type="application/json")


async def hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def hangs_up_in_the_middle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"text": "')
    assert request.transport is not None
    request.transport.close()
    return response


WELL = ("complaint", 0.9)
TROUBLES: dict[str, Misbehaviour] = {
    "it hangs": hangs,
    "it hangs up": hangs_up,
    "it hangs up in the middle": hangs_up_in_the_middle,
    "HTTP 500": raw(b'{"status": "failure"}', 500),
    "HTTP 404": raw(b"<!DOCTYPE html>", 404),
    "a redirect": raw(b"", 302, Location="https://example.com/"),
    "another token": raw(b"{}", 401),
    "nothing": raw(b""),
    "HTML": raw(b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"),
    "bytes": raw(b"\xff\xfe\x00\x80" * 100),
    "10 MB": raw(b" " * 10 * 2**20),
    "compressed": raw(b"\x1f\x8b\x08\x00", **{"Content-Encoding": "gzip"}),
    "nested JSON": raw(b"[" * 60_000),
    "null": raw(b"null"),
    "a list": raw(b"[]"),
    "no ranking": raw(b'{"text": "x", "intent": {"name": "complaint", "confidence": 1}}'),
    "an empty ranking": raw(b'{"text": "x", "intent_ranking": []}'),
    "NaN": says(("complaint", float("nan"))),
    "infinity": says(("complaint", float("inf"))),
    "less than nothing": says(("complaint", -0.2)),
    "more than certain": says(("complaint", 7)),
    "certain of everything": says(WELL, ("praise", 0.9)),
    "sure of nothing": says(("complaint", 0)),
    "text for a number": says(("complaint", "0.9")),
    "a number for a name": says((5, 0.9)),
    "no intent": says((None, 0.0)),
    "an unknown intent": says(("order_pizza", 0.9)),
    "one intent twice": says(("complaint", 0.4), ("complaint", 0.3)),
    "another's answer": says(WELL, text="别人的话"),
}


@pytest.fixture(scope="module")
def played() -> PlayedRasa:
    return PlayedRasa()


@pytest.fixture(scope="module")
async def address(played: PlayedRasa) -> AsyncIterator[str]:
    async with played.serving() as url:
        yield url


@pytest.fixture(scope="module")
async def with_rasa(
    played: PlayedRasa,
    address: str,
    hall: Database,
    redis_url: str,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[System, FakeWeChat, TestServer]]:
    """The house, with the played server as its engine of understanding."""
    folder = tmp_path_factory.mktemp("rasa")
    (folder / "model").symlink_to(Path(pytestconfig.cache.mkdir("huiying-model")))
    async with FakeWeChat.running(account=ACCOUNT) as wechat:
        known = Settings(
            data=folder,
            wechat_appid=ACCOUNT.appid,
            wechat_secret=ACCOUNT.secret,
            wechat_token=ACCOUNT.token,
            wechat_aes_key=ACCOUNT.aes_key,
            wechat_api_base=wechat.api_base,
            wechat_templates=TEMPLATES,
            rasa_url=address,
            rasa_token=TOKEN,
        )
        town = city.load(HERE / "city")
        async with app.build(known, town, hall, redis_url, lambda _said: None) as system:
            await system.library.step()
            async with TestServer(system.web) as server:
                wechat.webhook_url = str(server.make_url("/wechat"))
                yield system, wechat, server


@pytest.fixture
async def house(
    with_rasa: tuple[System, FakeWeChat, TestServer], played: PlayedRasa
) -> AsyncIterator[tuple[System, FakeWeChat, TestServer]]:
    """Rasa behaves at the start of each test."""
    played.misbehave = None
    await with_rasa[0].understanding.engine.step()
    yield with_rasa
    played.misbehave = None


async def nlu(server: TestServer) -> dict[str, str]:
    async with ClientSession() as session, session.get(server.make_url("/healthz")) as answer:
        assert answer.status == 200
        return dict((await answer.json())["understanding"])


def helped_out(reason: str) -> float:
    return float(FALLBACKS.labels("rasa", reason)._value.get())


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_the_builtin_engine_answers_in_the_same_message_and_the_health_page_says_why(
    house: tuple[System, FakeWeChat, TestServer],
    played: PlayedRasa,
    trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    system, wechat, server = house
    person = Person(f"oRasa{abs(hash(trouble))}", system, wechat)
    assert await nlu(server) == {"status": "ok", "nlu": "rasa"}
    before = helped_out("failed")
    played.misbehave = TROUBLES[trouble]
    answer = await person.says(QUESTION)
    assert "来源" in answer
    assert await person.outcomes() == ["answered"]
    assert helped_out("failed") == before + 1
    health = await nlu(server)
    assert health["status"] == "degraded"
    assert health["nlu"].startswith("builtin, because rasa ")
    assert "rasa" in caplog.text
    for secret in (TOKEN, QUESTION, "别人的话"):
        assert secret not in caplog.text + str(health)
    played.misbehave = None
    await person.says(QUESTION)
    assert await nlu(server) == {"status": "ok", "nlu": "rasa"}


async def test_rasa_names_the_intent_when_it_is_well(
    house: tuple[System, FakeWeChat, TestServer],
) -> None:
    reading = await house[0].understanding.read("门口的路灯坏了三盏半")
    assert reading.engine == "rasa"
    assert reading.intent.name == "ask_provident_fund"
    first, second = [one for one in reading.ranking if not is_danger(one.name)]
    # How likely a danger is the built-in classifier says, and the others share the rest.
    assert first.confidence / second.confidence == pytest.approx(0.9 / 0.05)
    assert sum(guess.confidence for guess in reading.ranking) <= 1


async def test_what_is_known_word_for_word_is_certain_whatever_rasa_thinks(
    house: tuple[System, FakeWeChat, TestServer],
) -> None:
    reading = await house[0].understanding.read("取消！")
    assert (reading.engine, reading.intent.name) == ("rasa", "cancel")
    assert reading.intent.confidence > 0.9
    assert sum(guess.confidence for guess in reading.ranking) <= 1


async def test_after_some_failures_no_message_waits_for_it_until_it_is_back(
    house: tuple[System, FakeWeChat, TestServer], played: PlayedRasa
) -> None:
    system, wechat, server = house
    person = Person("oRasaResting", system, wechat)
    played.misbehave = TROUBLES["HTTP 500"]
    for _ in range(PATIENCE):
        await person.says(QUESTION)
    asked, before = len(played.heard), helped_out("resting")
    await person.says(QUESTION)
    assert len(played.heard) == asked
    assert helped_out("resting") == before + 1
    assert await person.outcomes() == ["answered"] * (PATIENCE + 1)
    # A look at it finds out, and costs no citizen anything.
    await system.understanding.engine.step()
    assert (await nlu(server))["status"] == "degraded"
    played.misbehave = None
    await system.understanding.engine.step()
    assert await nlu(server) == {"status": "ok", "nlu": "rasa"}
    await person.says(QUESTION)
    assert len(played.heard) == asked + 3


async def test_a_text_without_words_is_not_sent_and_says_nothing_of_rasa(
    house: tuple[System, FakeWeChat, TestServer], played: PlayedRasa
) -> None:
    system = house[0]
    played.misbehave = TROUBLES["HTTP 500"]
    await system.understanding.engine.step()
    asked = len(played.heard)
    for text in ("", "\0", "/", "  // "):
        assert (await system.understanding.read(text)).engine == "builtin"
    assert len(played.heard) == asked
    assert system.understanding.engine.trouble


async def test_no_citizen_gives_orders_to_rasa(
    house: tuple[System, FakeWeChat, TestServer], played: PlayedRasa
) -> None:
    await house[0].understanding.read('/cancel{"x": 1}')
    assert played.heard[-1] == 'cancel{"x": 1}'


@pytest.fixture
async def engine(address: str) -> AsyncIterator[IntentEngine]:
    known = frozenset({"ask_provident_fund", "complaint"})
    async with ENGINES["rasa"](EngineOptions(address, "wrong", known)) as engine:
        yield engine


async def test_a_wrong_token_and_a_server_that_is_not_there_are_told_apart(
    engine: IntentEngine, played: PlayedRasa
) -> None:
    played.misbehave = None
    with pytest.raises(EngineError, match="RASA_TOKEN"):
        await engine.classify("您好")
    away = EngineOptions(f"http://127.0.0.1:{free_port()}", TOKEN, frozenset())
    async with RasaEngine.open(away) as nobody:
        with pytest.raises(EngineError, match="cannot be reached") as failure:
            await nobody.classify("您好")
    assert TOKEN not in str(failure.value)


KEYS = st.sampled_from(["text", "intent_ranking", "name", "confidence"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(body=st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_answer_is_believed_without_reason(body: bytes) -> None:
    options = EngineOptions("http://rasa", "", frozenset({"complaint"}))
    with pytest.raises(EngineError):
        RasaEngine(None, options).ranking(body, "您好")  # type: ignore[arg-type]
