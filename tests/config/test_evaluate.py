"""`huiying evaluate` as people and programs use it, on small tables of our own making."""

import asyncio
import csv
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from sqlalchemy import func, select
from typer.testing import CliRunner

from backend import tables
from backend.database import Database
from bot.understanding import thresholds
from bot.understanding.thresholds import Thresholds
from bot.understanding.understanding import load_builtin
from config.cli import cli
from config.rasa import environment
from tests.bot.understanding.embedding_server import KEY, EmbeddingServer
from tests.model import MODEL, ROOT

pytestmark = pytest.mark.timeout(400)
"""Seconds: a busy machine takes minutes to train the model where it is not kept."""

KINDS = {
    "路灯": ["{}的路灯坏了", "{}路灯不亮", "{}晚上路灯没亮", "{}那盏路灯一直闪", "{}的灯杆倒了"],
    "噪音": ["{}施工太吵", "{}半夜还有噪音", "{}音响声音太大", "{}打桩吵得睡不着", "{}广场舞吵"],
    "垃圾": ["{}垃圾没人清", "{}垃圾桶满了", "{}到处是垃圾", "{}垃圾臭气熏天", "{}垃圾堆成山"],
}
PLACES = ("河东路", "雨湖公园", "三小门口", "十八栋楼下", "老车站", "菜市场旁")

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def table(
        name: str,
        rows: Sequence[Sequence[str]],
        head: Sequence[str] = ("留言", "问题类型"),
        encoding: str = "utf-8",
    ) -> str:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return str(path)

    return table


def told(places: Sequence[str]) -> list[list[str]]:
    return [
        [said.format(place), kind]
        for kind, sayings in KINDS.items()
        for said in sayings
        for place in places
    ]


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *arguments], env=environment)


def figures(*arguments: str, **environment: str) -> Any:
    result = run(*arguments, "--json", **environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*arguments: str, **environment: str) -> str:
    result = run(*arguments, **environment)
    assert result.exit_code == 2, result.output
    return result.stderr.splitlines()[-1]


def test_cross_validated_on_a_city_s_own_labels(write: Write) -> None:
    found = figures("intent", write("own.csv", told(PLACES)), "--folds", "3")
    assert found["method"] == "3-fold cross-validation"
    (score,) = found["engines"]
    assert score["examples"] == 90
    assert score["accuracy"]["value"] > 0.9
    assert score["accuracy"]["low"] < score["accuracy"]["value"] <= score["accuracy"]["high"]
    assert score["macro_f1"]["value"] > 0.9
    assert {each["label"] for each in score["by_label"]} == set(KINDS)
    assert score["curve"][0]["named"] == 1.0
    assert score["danger"] is None


def test_trained_on_one_file_and_measured_on_another(write: Write) -> None:
    train, test = write("train.csv", told(PLACES[:4])), write("test.csv", told(PLACES[4:]))
    result = run("intent", "--label", "问题类型", "--train", train, test)
    assert result.exit_code == 0, result.output
    assert "trained on 60 messages of train.csv" in result.stdout
    assert "macro-F1" in result.stdout


async def test_the_chosen_encoder_is_the_one_that_is_measured(write: Write) -> None:
    own = write("own.csv", told(PLACES))
    async with EmbeddingServer.running() as server:
        chosen = {
            "HUIYING_ENCODER": "http",
            "HUIYING_ENCODER_URL": server.url,
            "HUIYING_ENCODER_MODEL": "bge-m3",
            "HUIYING_ENCODER_KEY": KEY,
        }
        found = await asyncio.to_thread(figures, "intent", own, "--folds", "3", **chosen)
        assert found["notes"][0] == "with the encoder http"
        assert found["engines"][0]["accuracy"]["value"] > 0.9
        sent = {text for asked in server.requests for text in asked["input"]}
        assert {text for text, _ in told(PLACES)} <= sent
        server.status = 400
        sentence = await asyncio.to_thread(refused, "intent", own, **chosen)
    assert "the encoder failed: the embeddings server answers 400" in sentence
    nowhere = refused("intent", own, HUIYING_ENCODER="http")
    assert "needs HUIYING_ENCODER_URL and _MODEL" in nowhere


@pytest.mark.rasa
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not environment.PYTHON.exists(), reason="make test-rasa installs Rasa")
def test_rasa_learns_and_is_judged_on_the_same_messages(write: Write) -> None:
    # What would mean something to Rasa: / in a label or before a text, an annotated entity.
    odd = [[f"/[{text}](x)", f"市容/{kind}"] for text, kind in told(PLACES)]
    train, test = write("train.csv", odd[:60] + odd[60::2]), write("test.csv", odd[61::2])
    result = run("intent", "--engine", "all", "--json", "--train", train, test)
    assert result.exit_code == 0, result.output
    builtin, rasa = json.loads(result.stdout)["engines"]
    assert (builtin["engine"], rasa["engine"]) == ("builtin", "rasa")
    assert builtin["examples"] == rasa["examples"] == 15
    assert rasa["accuracy"]["value"] > 0.9
    assert rasa["milliseconds"] > 0
    assert "雨湖公园" not in result.stderr


def test_without_rasa_it_is_said_how_to_get_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    own = write("own.csv", told(PLACES))
    for asked in (["intent", own], ["intent"], ["triage"]):
        sentence = refused(*asked, "--engine", "all", HUIYING_DATA=str(tmp_path))
        assert "run `make rasa` once" in sentence


def test_what_cannot_be_measured_is_left_out_and_said(write: Write) -> None:
    train = write("train.csv", [*told(PLACES[:4]), ["谁来管一管", ""], ["很少见", "别的"]])
    test = write("test.csv", [*told(PLACES[3:]), ["从未教过", "新"], ["从未教过一", "新"]])
    found = figures("intent", "--train", train, "--min-count", "2", test)
    assert found["engines"][0]["examples"] == 30 + 2
    notes = " ".join(found["notes"])
    assert "15 messages left out: they are in --train too" in notes
    assert "always wrong, as --train has none of them: 新 2" in notes


def test_a_file_as_excel_on_a_chinese_windows_writes_it(write: Write, tmp_path: Path) -> None:
    gbk = write("gbk.csv", told(PLACES[:2]), head=("文本", "类别"), encoding="gb18030")
    assert figures("intent", gbk, "--folds", "2")["data"] == "gbk.csv (文本 → 类别)"
    book = openpyxl.Workbook()
    for row in (("内容", "标签"), *told(PLACES[:2])):
        book.worksheets[0].append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    assert figures("intent", str(path), "--folds", "2")["engines"][0]["examples"] == 30


def test_bad_files_get_one_clear_sentence(write: Write, tmp_path: Path) -> None:
    rows = told(PLACES[:2])
    named = write("named.csv", rows, head=("说了什么", "属于"))
    assert "no column looks like the text" in refused("intent", named)
    good = write("good.csv", rows)
    assert "there is no column 领域 (there are: 留言、问题类型)" in refused(
        "intent", good, "--label", "领域"
    )
    empty = write("empty.csv", [[text, ""] for text, _ in rows])
    assert "no row has both" in refused("intent", empty, "--label", "问题类型")
    one = write("one.csv", [[text, "同一个"] for text, _ in rows])
    assert "at least two labels" in refused("intent", one, "--label", "问题类型")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xff\x00")
    assert "编码不是UTF-8" in refused("intent", str(broken))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"")
    assert "不是表格" in refused("intent", str(picture))
    assert "--train needs a FILE" in refused("intent", "--train", good)


ENTRIES = [
    ["路灯坏了找谁修", "路灯不亮找哪个部门；灯不亮怎么报修", "打12345，市城管局来修。"],
    ["社保卡丢了怎么补办", "社保卡不见了怎么办；补社保卡要带什么", "带身份证到任一网点。"],
    ["公积金怎么提取", "提公积金要什么材料；租房能取公积金吗", "在手机上申请。"],
]
QUESTIONS = [
    ["社保卡搞丢了去哪补", "社保卡丢了怎么补办"],
    ["提取公积金的流程", "公积金怎么提取"],
    ["路灯报修找哪里", "路灯坏了找谁修"],
    ["今天天气真好", ""],
]


@pytest.fixture(scope="module")
def model() -> Path:
    """The folder of the trained model that all tests share."""
    load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", MODEL, print)
    return MODEL


@pytest.fixture
def house(tmp_path: Path, model: Path) -> str:
    """A folder for data with the model in it; a copy, as thresholds are kept beside it."""
    shutil.copytree(model, tmp_path / "data" / "model")
    return str(tmp_path / "data")


@pytest.fixture
def knowledge(write: Write) -> str:
    return write("knowledge.csv", ENTRIES, head=("标题", "相似问", "答案"))


@pytest.fixture
def questions(write: Write) -> str:
    return write("questions.csv", QUESTIONS, head=("问题", "标题"))


def test_questions_put_to_a_city_s_own_entries(
    house: str, knowledge: str, questions: str, write: Write
) -> None:
    asked = ("retrieval", questions, "--knowledge", knowledge)
    found = figures(*asked, "--engine", "all", HUIYING_DATA=house)
    assert "this is the knowledge search of both engines" in found["notes"][-1]
    (score,) = found["engines"]
    assert (score["questions"], score["unanswerable"]) == (3, 1)
    assert score["hit1"]["value"] == score["mrr"] == 1.0
    assert score["answered_needlessly"]["value"] == 0.0
    other = write("other.csv", [["怎么办", "没有这一条"]], head=("问题", "标题"))
    sentence = refused("retrieval", other, "--knowledge", knowledge, HUIYING_DATA=house)
    assert "none of the titles is an entry" in sentence
    sentence = refused("retrieval", "--knowledge", knowledge, HUIYING_DATA=house)
    assert "only 3 entries" in sentence


def test_thresholds_are_kept_for_the_next_start(house: str, knowledge: str, questions: str) -> None:
    loose = ("--near-miss", "1", "--wrong", "1", "--needless", "1", "--false-alarm", "1")
    free = figures("calibrate", questions, "--knowledge", knowledge, *loose, HUIYING_DATA=house)
    assert free["after"]["answer"] == 0.05 < free["before"]["answer"]
    assert free["after"]["category"] < free["before"]["category"]
    said: list[str] = []
    folder = Path(house) / "model"
    parts = load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", folder, said.append)
    assert parts.thresholds.answer == parts.thresholds.danger == 0.05
    assert free["danger"]["heard"]["value"] > free["danger_before"]["heard"]["value"] > 0.86
    assert said == []
    for picture in (free["picture"], free["danger_picture"]):
        drawn = Path(picture).read_text("utf-8")
        assert drawn.startswith("<?xml")
        assert 'href="http' not in drawn
    heads = [Path(free[name]).read_text("utf-8-sig") for name in ("table", "danger_table")]
    assert heads[0].startswith("level,right,wrong,near_miss,other")
    assert heads[1].startswith("level,heard,flagged")


def test_thresholds_of_another_model_are_not_used(tmp_path: Path) -> None:
    thresholds.keep(tmp_path, "this model", Thresholds(0.7, 0.2, 0.3))
    said: list[str] = []
    assert thresholds.kept(tmp_path, "this model", said.append) == Thresholds(0.7, 0.2, 0.3)
    assert said == []
    assert thresholds.kept(tmp_path, "another", said.append) is None
    assert "run it again" in said[0]
    (tmp_path / thresholds.FILE).write_text("{broken")
    assert thresholds.kept(tmp_path, "this model") is None


TURNS = """
- asking: confirm
  order: {type: 求助, facts: 雨湖区车站路66号的路灯坏了, place: 雨湖区车站路66号}
  said: 门牌写错了，不是[66号](old)，是[68号](place)
  means: [change]
- asking: confirm
  order: {type: 求助, facts: 雨湖区车站路66号的路灯坏了, place: 雨湖区车站路66号}
  said: 没问题，交吧
  means: [confirm]
"""


def test_turns_are_heard_by_the_model_in_use(house: str, tmp_path: Path) -> None:
    own = tmp_path / "turns.yml"
    own.write_text(TURNS, "utf-8")
    found = figures("turns", str(own), HUIYING_DATA=house)["score"]
    assert (found["turns"], found["acts"]["value"]) == (2, 1.0)
    assert {each["label"]: each["whole"]["value"] for each in found["labels"]} == {
        "old": 1.0,
        "place": 1.0,
    }
    own.write_text("- {said: 好, means: [nod], asking: confirm}", "utf-8")
    assert "nod" in refused("turns", str(own), HUIYING_DATA=house)
    own.write_text("just text", "utf-8")
    assert "holds no turns" in refused("turns", str(own), HUIYING_DATA=house)


CASES = [
    ["我家着火了，火很大，快来人", "danger", ""],
    ["雨湖区建设北路128号门口的路灯坏了三天了，请派人来修", "asked", ""],
    ["转人工", "handoff|order", ""],
    ["asdfghjkl", "无效|asked", ""],
]


async def test_messages_are_rehearsed_and_nothing_is_kept(
    house: str, write: Write, database_url: str, redis_url: str
) -> None:
    system = {"HUIYING_DATA": house, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    file = write("cases.csv", CASES, head=("text", "outcome", "title"))
    found = await asyncio.to_thread(figures, "triage", file, **system)
    (score,) = found["engines"]
    assert score["messages"] == 4
    assert score["danger_caught"]["value"] == 1.0
    assert score["danger_flagged"]["value"] == 0.0
    assert score["right"]["value"] == 1.0
    database = Database(database_url)
    async with database.transaction() as connection:
        for table in (tables.message, tables.citizen, tables.orders, tables.outbox):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0
    await database.close()
    bad = write("bad.csv", [["你好", "高兴"]], head=("text", "outcome"))
    assert "'高兴' is no outcome" in await asyncio.to_thread(refused, "triage", bad, **system)
    sentence = await asyncio.to_thread(refused, "triage", file, "--engine", "rasa", **system)
    assert "RASA_URL is not set" in sentence
