"""With a real Rasa server: a conversation goes on whatever becomes of Rasa in the middle of it."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.understanding.corpus import Corpus
from channels.simulator.citizen import Bubble
from channels.simulator.server import FakeWeChat
from config.rasa import environment, training
from config.settings import ROOT
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.rasa import STARTING, TOKEN, RasaServer

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.rasa,
    pytest.mark.timeout(2 * STARTING),
    pytest.mark.skipif(not environment.PYTHON.exists(), reason="make test-rasa installs Rasa"),
]

QUESTION = "灵活就业人员怎么缴纳养老保险？"
MATTER = "雨湖区建设北路128号门口的路灯坏了三天了，晚上很黑，希望尽快修好"
CORRECTION = "不是建设北路128号，是建设北路130号"


@pytest.fixture(scope="session")
async def rasa(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RasaServer]:
    async with RasaServer.serving(tmp_path_factory.mktemp("rasa") / "rasa.log") as server:
        yield server


@pytest.fixture
def rasa_settings(settings: dict[str, str], rasa: RasaServer) -> dict[str, str]:
    return {**settings, "RASA_URL": rasa.url, "RASA_TOKEN": TOKEN}


@pytest.fixture
async def house_with_rasa(
    rasa_settings: dict[str, str], wechat: FakeWeChat
) -> AsyncIterator[House]:
    async with House.serving(rasa_settings) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        await eventually(lambda: _nlu(house, "rasa"))
        yield house


async def _nlu(house: House, wanted: str) -> bool:
    return str((await house.health())["understanding"]["nlu"]).startswith(wanted)


def _choice(bubble: Bubble, label: str) -> str:
    return next(option.id for option in bubble.choices if option.label == label)


async def _outcomes(house: House, openid: str) -> list[str]:
    rows = await house.huiying("outcomes", "--json")
    return [row["outcome"] for row in rows if row["openid"] == openid]


async def _confirmed(house: House, wechat: FakeWeChat, openid: str) -> str:
    """Confirm the card; the place of the order it became."""
    card = wechat.conversation(openid)[-1]
    await wechat.tap(openid, _choice(card, "确认提交"))
    (order,) = await house.huiying("orders", "list", "--json")
    return str((await house.huiying("orders", "show", order["number"], "--json"))["place"])


async def test_a_question_and_a_matter_with_rasa(
    house_with_rasa: House, wechat: FakeWeChat
) -> None:
    reply = await wechat.send_text("oRasaWang", QUESTION)
    assert reply is not None
    assert "来源" in reply.text
    await wechat.send_text("oRasaWang", MATTER)
    assert "130号" in await _corrected(wechat, "oRasaWang")
    assert "130号" in await _confirmed(house_with_rasa, wechat, "oRasaWang")
    assert await _outcomes(house_with_rasa, "oRasaWang") == ["answered", "asked", "asked", "order"]


async def _corrected(wechat: FakeWeChat, openid: str) -> str:
    reply = await wechat.send_text(openid, CORRECTION)
    return reply.text if reply else ""


async def test_rasa_is_killed_in_the_middle_of_a_conversation_and_comes_back(
    house_with_rasa: House, wechat: FakeWeChat, rasa: RasaServer
) -> None:
    await wechat.send_text("oRasaLi", MATTER)
    await rasa.end(signal.SIGKILL)
    assert "130号" in await _corrected(wechat, "oRasaLi")
    assert "130号" in await _confirmed(house_with_rasa, wechat, "oRasaLi")
    await eventually(lambda: _nlu(house_with_rasa, "builtin, because rasa cannot be reached"))
    assert await _outcomes(house_with_rasa, "oRasaLi") == ["asked", "asked", "order"]

    await rasa.start()
    await eventually(lambda: _nlu(house_with_rasa, "rasa"))
    reply = await wechat.send_text("oRasaLi", QUESTION)
    assert reply is not None
    assert "来源" in reply.text


async def test_rasa_is_frozen_and_every_message_is_answered_in_time(
    house_with_rasa: House, wechat: FakeWeChat, rasa: RasaServer
) -> None:
    async with rasa.frozen():
        people = [f"oRasaFrozen{number}" for number in range(8)]
        for _ in range(2):
            # A reply is None when WeChat had to wait for more than five seconds.
            replies = await asyncio.gather(*(wechat.send_text(p, QUESTION) for p in people))
            assert all(reply is not None and "来源" in reply.text for reply in replies)
        assert await _nlu(house_with_rasa, "builtin, because rasa did not answer in time")
    await eventually(lambda: _nlu(house_with_rasa, "rasa"))


async def test_a_wrong_token_is_told_and_costs_no_answer(
    rasa_settings: dict[str, str], wechat: FakeWeChat
) -> None:
    async with House.serving({**rasa_settings, "RASA_TOKEN": "wrong"}) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        await eventually(lambda: _nlu(house, "builtin, because rasa refuses our token"))
        reply = await wechat.send_text("oRasaToken", QUESTION)
        assert reply is not None
        assert "来源" in reply.text


async def test_the_log_of_rasa_holds_no_words_of_citizens_and_no_token(
    house_with_rasa: House, wechat: FakeWeChat, rasa: RasaServer
) -> None:
    for text in (QUESTION, MATTER, '/秘密{"事', "秘密\ud800事"[:2], "ﷺ" * 300):
        await wechat.send_text("oRasaLog", text)
    for body in ("秘密", "{}", '{"text": null}', '{"text": ["秘密"]}', '{"text": "/秘密{\\"a"}'):
        await rasa.post("/model/parse", body.encode())
    assert await rasa.post("/秘密", b"") == 404
    said = rasa.said()
    assert "An unexpected error occurred" in said, "the log is there, and tells of failures"
    for secret in ("秘密", "养老", "路灯", "建设北路", "ﷺ", TOKEN, "oRasa"):
        assert secret not in said


async def test_ctrl_c_stops_it_cleanly(tmp_path: Path) -> None:
    async with RasaServer.serving(tmp_path / "rasa.log") as server:
        assert await server.end(signal.SIGINT) == 0
        assert server.said().rstrip().endswith("Rasa has stopped.")


def _read_by_rasa(paths: Sequence[Path]) -> set[tuple[str, str]]:
    """What Rasa's own reader finds in training files."""
    code = (
        "import json, sys\n"
        "from rasa.shared.nlu.training_data.loading import load_data\n"
        "found = [m for p in sys.argv[2:] for m in load_data(p).intent_examples]\n"
        "pairs = [[m.get('text'), m.get('intent')] for m in found]\n"
        "json.dump(pairs, open(sys.argv[1], 'w'))\n"
    )
    answer = paths[0].parent / "read.json"
    command = [environment.PYTHON, "-c", code, answer, *paths]
    subprocess.run(command, env=environment.variables(), check=True, capture_output=True)
    return {(text, intent) for text, intent in json.loads(answer.read_text())}


def test_rasa_reads_our_examples_as_we_do(tmp_path: Path) -> None:
    corpus = Corpus.load(ROOT / "nlu_data")
    ours = {(example.text, example.label) for example in corpus.intents}
    files = [tmp_path / path.name for path in (ROOT / "nlu_data" / "intents").glob("*.yml")]
    for file in files:
        file.symlink_to(ROOT / "nlu_data" / "intents" / file.name)
    assert _read_by_rasa(files) == ours
    written = tmp_path / "nlu.yml"
    written.write_text(training.document(corpus.intents), "utf-8")
    assert _read_by_rasa([written]) == ours


def test_what_is_trained_is_not_trained_again() -> None:
    folder = ROOT / "var" / "rasa"
    said: list[str] = []
    model = training.train(Corpus.load(ROOT / "nlu_data"), folder, said.append)
    made = model.stat().st_mtime_ns
    assert training.train(Corpus.load(ROOT / "nlu_data"), folder, said.append) == model
    assert model.stat().st_mtime_ns == made
    assert [line for line in said if "Training" in line] == []
