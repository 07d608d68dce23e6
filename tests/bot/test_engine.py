"""Every message through the whole bot: one outcome each, whatever it is and whatever fails."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from backend import chats, messages, staff
from backend.conversations import Mode
from backend.database import Connection
from backend.delivery import Delivery
from backend.message import Inbound, Kind, Outcome, Reply, Window
from backend.staff import Member
from backend.tables import attachment, message
from backend.tables import outbox as outbox_rows
from bot import engine as engine_module
from bot import words
from bot.engine import Engine
from bot.skills.clarify import Clarify
from bot.skills.courtesy import Courtesy
from bot.turn import Ending, Skill, Turn
from bot.understanding.model_set import ModelSet
from bot.understanding.reading import Details, Guess
from bot.understanding.standby import Standby
from bot.understanding.thresholds import Thresholds
from bot.understanding.understanding import Understanding
from config.app import System
from tests.backend.carrier import Carrier
from tests.bot.person import Person

LAMP = "雨湖区建设北路128号门口的路灯坏了三天了，晚上很黑，希望尽快修好"


# -- every kind of message ------------------------------------------------------------------------

TEXTLESS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"MsgType": "image", "PicUrl": "http://x/y.jpg", "MediaId": "m"}, "asked"),
    ({"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t"}, "asked"),
    ({"MsgType": "shortvideo", "MediaId": "m", "ThumbMediaId": "t"}, "asked"),
    ({"MsgType": "voice", "MediaId": "m", "Format": "amr"}, "asked"),
    ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": ""}, "asked"),
    ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "转人工"}, "handoff"),
    (
        {"MsgType": "location", "Location_X": 27.8, "Location_Y": 112.9, "Label": "市民之家"},
        "asked",
    ),
    ({"MsgType": "location", "Location_X": "?", "Location_Y": 112.9}, "asked"),
    ({"MsgType": "link", "Title": "文章", "Description": "", "Url": "http://x"}, "asked"),
    ({"MsgType": "miniprogrampage", "Title": "卡片", "AppId": "wx", "PagePath": "p"}, "asked"),
    ({"MsgType": "sticker"}, "asked"),
    ({"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}, "asked"),
    ({"MsgType": "text", "Content": ""}, "asked"),
    ({"MsgType": "text", "Content": "🙂🙂"}, "invalid"),
    ({"MsgType": "text", "Content": "？？？"}, "invalid"),
)


@pytest.mark.parametrize(("fields", "outcome"), TEXTLESS)
async def test_a_message_without_words_has_one_outcome_and_an_answer(
    person: Person, fields: dict[str, Any], outcome: str
) -> None:
    assert await person.pushes(MsgId=1, **fields)
    assert await person.outcomes() == [outcome]


EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SCAN", {"EventKey": "7", "Ticket": "t"}),
    ("LOCATION", {"Latitude": 27.8, "Longitude": 112.9, "Precision": 5}),
    ("VIEW", {"EventKey": "http://x"}),
    ("TEMPLATESENDJOBFINISH", {"MsgID": 5, "Status": "success"}),
    ("user_info_modified", {"OpenID": "", "RevokeInfo": "1"}),
    ("something_new", {"More": "x"}),
)


@pytest.mark.parametrize(("event", "fields"), EVENTS)
async def test_an_event_is_counted_and_says_nothing(
    person: Person, event: str, fields: dict[str, Any]
) -> None:
    assert await person.pushes(MsgType="event", Event=event, **fields) == ""
    assert await person.outcomes() == ["event"]


async def test_who_follows_is_welcomed_with_a_menu(person: Person) -> None:
    await person.wechat.follow(person.openid)
    assert await person.outcomes() == ["event"]
    assert [c.label for c in person.heard()[-1].choices] == ["我要反映", "我的工单", "人工服务"]


async def test_who_leaves_is_forgotten(person: Person) -> None:
    await person.says(LAMP)
    citizen_id = (await person.chat()).citizen_id
    await person.wechat.unfollow(person.openid)
    async with person.system.services.database.transaction() as connection:
        query = select(message).where(message.c.citizen_id == citizen_id).order_by(message.c.id)
        rows = (await connection.execute(query)).all()
    assert [(row.outcome, row.text) for row in rows] == [("asked", ""), ("event", "")]


@pytest.mark.parametrize("event", ["CLICK", "scancode_push", "pic_sysphoto", "location_select"])
@pytest.mark.parametrize(
    ("key", "outcome"),
    [("human", "handoff"), ("my_orders", "command"), ("new_order", "asked"), ("???", "command")],
)
async def test_a_menu_item_is_a_tap(person: Person, event: str, key: str, outcome: str) -> None:
    assert await person.pushes(MsgType="event", Event=event, EventKey=key)
    assert await person.outcomes() == [outcome]


# -- buttons that mean nothing any more -----------------------------------------------------------

HUGE = "9" * 40


@pytest.fixture
def no_rescue() -> Iterator[None]:
    """Whatever happens, no turn fails."""
    before = REGISTRY.get_sample_value("huiying_rescues_total")
    yield
    assert REGISTRY.get_sample_value("huiying_rescues_total") == before


@pytest.mark.usefixtures("no_rescue")
@pytest.mark.parametrize(
    "tap",
    [
        *("confirm", "confirm:", "confirm:abc", "confirm:0", "confirm:-1", f"confirm:{HUGE}"),
        *("confirm:٣", "entry:", "entry:abc", "entry:0", f"entry:{HUGE}", "entry:²", "entry:-1"),
        *("order:", "order:20260105000001", f"order:{HUGE}", "order:x"),
        *("survey:", "survey:x", "survey:x:satisfied", "survey:x:why:9", f"survey:{HUGE}:1"),
        *("file:1", "edit", "cancel", "safe", "none", "order_anyway", "leave_queue"),
        *("solved", "unsolved", "tel:119", f"tel:{HUGE}", "nonsense", "草稿", "greet"),
    ],
)
async def test_a_stale_or_forged_button_is_answered_politely(person: Person, tap: str) -> None:
    said = await person.pushes(MsgType="text", Content="按钮", bizmsgmenuid=tap, MsgId=1)
    assert said
    (outcome,) = await person.outcomes()
    assert outcome in {"command", "asked", "survey"}
    assert await person.orders() == []


async def test_confirming_twice_makes_one_order(person: Person) -> None:
    await person.says(LAMP)
    first = await person.taps("确认提交")
    again = await person.taps("确认提交")
    (kept,) = await person.orders()
    assert kept.number in first
    assert kept.number in again
    assert "已经登记过" in again
    assert await person.outcomes() == ["asked", "order", "command"]


async def test_confirming_twice_at_once_makes_one_order(person: Person) -> None:
    await person.says(LAMP)
    await asyncio.gather(person.taps("确认提交"), person.taps("确认提交"), person.says("确认提交"))
    assert len(await person.orders()) == 1


async def test_the_button_of_another_citizen_does_nothing(person: Person, system: System) -> None:
    await person.says(LAMP)
    draft = person.heard()[-1].choices[0].id
    thief = Person(f"{person.openid}Thief", system, person.wechat)
    said = await thief.pushes(MsgType="text", Content="确认提交", bizmsgmenuid=draft, MsgId=1)
    assert "不在了" in said
    await person.taps("确认提交")
    stolen = await thief.pushes(MsgType="text", Content="确认提交", bizmsgmenuid=draft, MsgId=2)
    assert (await person.orders())[0].number not in stolen


# -- an order that is begun is not lost -----------------------------------------------------------

STICKER = {"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}
BETWEEN: tuple[dict[str, Any], ...] = (
    STICKER,
    {"MsgType": "link", "Title": "文章", "Url": "http://x"},
    {"MsgType": "voice", "MediaId": "m", "Format": "amr"},
    {"MsgType": "text", "Content": "按钮", "bizmsgmenuid": "survey:x:satisfied"},
    {"MsgType": "text", "Content": "按钮", "bizmsgmenuid": "nonsense"},
    {"MsgType": "text", "Content": "按钮", "bizmsgmenuid": "entry:0"},
    {"MsgType": "text", "Content": "你好"},
    {"MsgType": "event", "Event": "VIEW", "EventKey": "http://x"},
    {"MsgType": "event", "Event": "CLICK", "EventKey": "my_orders"},
)


@pytest.mark.usefixtures("no_rescue")
@pytest.mark.parametrize("between", BETWEEN)
async def test_whatever_comes_in_between_an_order_can_be_confirmed_in_words(
    person: Person, between: dict[str, Any]
) -> None:
    await person.says(LAMP)
    for number in range(3):
        await person.pushes(MsgId=number, **between)
    assert await person.says("确认")
    (kept,) = await person.orders()
    assert "路灯" in kept.order.facts
    assert kept.order.state == "待派单"


async def test_a_question_in_between_leaves_the_order_where_it_is(person: Person) -> None:
    await person.says(LAMP)
    await person.says("公积金租房提取需要什么材料？")
    await person.says("确认提交")
    (kept,) = await person.orders()
    assert "路灯" in kept.order.facts


@pytest.fixture
def later(system: System) -> Iterator[None]:
    """The house's clock goes right again afterwards."""
    before = system.services.clock.offset
    yield
    system.services.clock.offset = before


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "said",
    [
        (LAMP,),
        (LAMP, STICKER),
        (LAMP, {"MsgType": "text", "Content": "按钮", "bizmsgmenuid": "survey:x:satisfied"}),
        (LAMP, "岳塘区书院路东方名苑楼下烧烤店油烟太大，我要投诉"),
        ({"MsgType": "image", "PicUrl": "", "MediaId": "m"},),
        ("那个事情你们到底管不管",),
        ("那个事情你们到底管不管", {"MsgType": "text", "Content": "？？？"}),
    ],
)
async def test_what_is_begun_and_left_is_filed_after_the_patience(
    person: Person, said: Sequence[str | dict[str, Any]]
) -> None:
    for number, one in enumerate(said):
        fields = {"MsgType": "text", "Content": one} if isinstance(one, str) else one
        await person.pushes(MsgId=number, **fields)
    await person.works("patience")
    assert await person.orders() == []
    person.system.services.clock.advance(timedelta(minutes=121))
    await person.works("patience")
    orders = await person.orders()
    assert {kept.order.state for kept in orders} == {"待受理"}
    assert all("市民未确认" in kept.order.tags for kept in orders)
    text = said[0] if isinstance(said[0], str) else ""
    assert any(kept.order.facts in text or text in kept.order.facts for kept in orders)
    await person.works("patience")
    assert len(await person.orders()) == len(orders)
    async with person.system.services.database.transaction() as connection:
        query = select(outbox_rows.c.rungs).where(outbox_rows.c.order_id == orders[0].id)
        (rungs,) = await connection.scalars(query)
    assert orders[0].number in rungs[0]["text"]


# -- a human has the chat -------------------------------------------------------------------------


async def _agent(connection: Connection) -> Member:
    return next(m for m in await staff.everyone(connection) if m.login == "zuoxi")


async def _taken(person: Person) -> None:
    await person.says("转人工")
    citizen_id = (await person.chat()).citizen_id
    async with person.system.services.database.transaction() as connection:
        agent = await _agent(connection)
        await chats.take(connection, citizen_id, agent, person.system.services.clock.now())


async def test_while_a_human_has_the_chat_the_bot_is_silent(person: Person) -> None:
    await _taken(person)
    assert await person.says("公积金租房提取需要什么材料？") == ""
    assert await person.says(LAMP) == ""
    assert await person.outcomes() == ["handoff", "agent", "agent"]
    assert await person.orders() == []


async def test_danger_is_answered_also_while_a_human_has_the_chat(person: Person) -> None:
    await _taken(person)
    assert "119" in await person.says("救命我家着火了，建设北路5号3楼全是烟")
    assert await person.outcomes() == ["handoff", "danger"]
    assert (await person.chat()).mode is Mode.HUMAN


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
async def test_the_agent_gets_what_the_citizen_shows(person: Person, kind: str) -> None:
    await _taken(person)
    await person.pushes(MsgType=kind, MediaId=f"m{person.openid}", Format="amr", MsgId=1)
    citizen_id = (await person.chat()).citizen_id
    async with person.system.services.database.transaction() as connection:
        query = select(attachment.c.kind).where(attachment.c.citizen_id == citizen_id)
        assert list(await connection.scalars(query)) == [kind]
    assert await person.outcomes() == ["handoff", "agent"]


# -- what fails, and what takes long --------------------------------------------------------------


class Broken:
    """A skill with a bug."""

    async def handle(self, turn: Turn) -> Ending | None:
        raise RuntimeError(f"it quotes {turn.text}")


class Slow:
    """An engine that takes its time, until it is hurried."""

    name = "slow"

    def __init__(self) -> None:
        self.hurried = asyncio.Event()

    async def classify(self, text: str) -> tuple[Guess, ...]:
        await self.hurried.wait()
        return (Guess("thanks", 1.0),)


class Silent:
    """Parts of the understanding that find nothing."""

    def detect(self, text: str, ranking: Sequence[Guess], alone: float) -> str:
        return ""

    def likely(self, ranking: Sequence[Guess]) -> float:
        return 0.0

    def read(self, text: str, _now: object) -> Details:
        return Details()

    def rank(self, text: str) -> tuple[Guess, ...]:
        return ()

    def named(self, ranking: Sequence[Guess]) -> str:
        return ""

    async def warm(self, text: str) -> None:
        """No vector is needed."""

    def search(self, text: str, limit: int = 3) -> tuple[Any, ...]:
        return ()

    def new_words(self, text: str) -> list[str]:
        return []


def bot(system: System, carrier: Carrier, skills: Sequence[Skill], engine: Slow) -> Engine:
    nothing: Any = Silent()
    named: Any = engine
    models = ModelSet(named, nothing, nothing, Thresholds(), nothing, nothing, nothing)
    understanding = Understanding(
        models, Standby(named, named), nothing, nothing, nothing, system.services.clock
    )
    return Engine(system.services, understanding, skills, {"wechat": carrier})


def said(person: Person, text: str, key: str = "") -> Inbound:
    now = person.system.services.clock.now()
    name = f"{person.openid} {key or text}"
    window = Window(5, 48 * 3600)
    return Inbound(name, "wechat", person.openid, Kind.TEXT, now, text, window=window)


async def test_a_failing_skill_hands_over_and_says_so(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    broken = bot(person.system, Carrier(), (Broken(),), Slow())
    picture = replace(said(person, "", "picture"), kind=Kind.IMAGE)
    reply = await broken.receive(picture)
    assert reply == Reply(words.RESCUED)
    assert await person.outcomes() == ["handoff"]
    chat = await person.chat()
    assert (chat.mode, chat.waiting_reason) == (Mode.WAITING, "智能助手出错")
    assert "RuntimeError" in caplog.text
    assert await broken.receive(picture) == reply
    assert await person.outcomes() == ["handoff"]


async def test_an_error_is_logged_without_the_citizens_words(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Slow()
    engine.hurried.set()
    broken = bot(person.system, Carrier(), (Broken(),), engine)
    assert await broken.receive(said(person, "我的电话13812345678")) == Reply(words.RESCUED)
    async with person.system.services.database.transaction() as connection:
        rows = await messages.outcomes(connection)
    assert [r["text"] for r in rows if r["openid"] == person.openid] == ["我的电话13812345678"]
    assert "13812345678" not in caplog.text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeChat waits for less than half a second."""
    monkeypatch.setattr(engine_module, "ANSWER_WITHIN", 0.3)


@pytest.mark.usefixtures("impatient")
async def test_what_takes_too_long_is_accepted_and_answered_later(person: Person) -> None:
    carrier, engine = Carrier(), Slow()
    slow = bot(person.system, carrier, (Courtesy(), Clarify()), engine)
    assert await slow.receive(said(person, "谢谢")) is None
    assert await person.outcomes() == [None]
    assert await slow.receive(said(person, "谢谢")) is None
    assert await slow.receive(said(person, "再次谢谢")) is None
    assert await person.outcomes() == [None, None]

    engine.hurried.set()
    while await slow.catch_up():
        pass
    assert await person.outcomes() == ["command", "command"]
    post = Delivery(person.system.services, {"wechat": carrier})
    while await post.step():
        await post.finish()
    assert carrier.told(person.openid) == [Reply(words.THANKS)] * 2
    assert not (await person.chat()).backlog
    assert await slow.receive(said(person, "谢谢", "again")) == Reply(words.THANKS)


@pytest.mark.usefixtures("impatient")
async def test_two_processes_that_catch_up_answer_once(person: Person) -> None:
    carrier, engine = Carrier(), Slow()
    one = bot(person.system, carrier, (Courtesy(), Clarify()), engine)
    other = bot(person.system, carrier, (Courtesy(), Clarify()), engine)
    await one.receive(said(person, "谢谢"))
    engine.hurried.set()
    await asyncio.gather(one.catch_up(), other.catch_up(), one.catch_up())
    async with person.system.services.database.transaction() as connection:
        chat = await person.chat()
        query = select(outbox_rows.c.id).where(outbox_rows.c.citizen_id == chat.citizen_id)
        assert len(list(await connection.scalars(query))) == 1


# -- many at once ---------------------------------------------------------------------------------


async def test_a_flood_of_one_citizen_keeps_its_order_and_holds_up_nobody(
    person: Person, system: System
) -> None:
    flood = [said(person, f"补充第{number}点：楼道没灯", f"{number}") for number in range(30)]
    other = Person(f"{person.openid}Other", system, person.wechat)
    talking = [asyncio.create_task(system.engine.receive(one)) for one in flood]
    began = time.monotonic()
    assert await system.engine.receive(said(other, "谢谢"))
    waited = time.monotonic() - began
    assert not all(task.done() for task in talking), "the flood was over before"
    await asyncio.gather(*talking)
    while await system.engine.catch_up():
        pass
    citizen_id = (await person.chat()).citizen_id
    async with system.services.database.transaction() as connection:
        query = select(message).where(message.c.citizen_id == citizen_id).order_by(message.c.id)
        rows = (await connection.execute(query)).all()
    assert [row.text for row in rows] == [one.text for one in flood]
    assert all(row.outcome for row in rows)
    assert waited < 2.0


async def test_one_message_at_once_from_everywhere_is_handled_once(person: Person) -> None:
    receive = person.system.engine.receive
    replies = await asyncio.gather(*(receive(said(person, "谢谢")) for _ in range(10)))
    assert set(replies) == {Reply(words.THANKS)}
    assert await person.outcomes() == ["command"]


async def test_unclear_twice_is_read_by_a_human_and_never_asked_again(person: Person) -> None:
    first = await person.says("那个事情你们到底管不管")
    second = await person.says("就是那个事啊")
    assert first != second
    assert await person.outcomes() == ["asked", Outcome.ORDER]
    (kept,) = await person.orders()
    assert (kept.order.state, kept.order.type) == ("待受理", "咨询")
    assert kept.order.facts == "那个事情你们到底管不管\n就是那个事啊"
