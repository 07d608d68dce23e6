"""From a question asked in vain to its answer: the console's pages before the whole bot."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse
from sqlalchemy import func, select, text
from yarl import URL

from backend import citizens, staff
from backend.console.context import PREFIX
from backend.database import Database
from backend.questions import asking
from backend.staff import Role
from backend.tables import (
    citizen,
    conversation,
    knowledge,
    message,
    outbox,
    question,
    question_group,
)
from channels.simulator.server import FakeWeChat
from config.app import System
from tests.backend.office import PASSWORD
from tests.bot.person import Person

ANSWER = "请在“无人机综合管理平台”实名登记，市区管制空域飞行前一天报备。"
DRONES = ("无人机在市区怎么报备", "无人机在市区飞要怎么报备", "请问无人机在市里怎么报备呀")
_numbers = count(1)


def entry(answer: str = ANSWER) -> dict[str, str]:
    """An entry as an editor sends it; its title is no other's, also of retired ones."""
    return {
        "title": f"无人机飞行怎么报备（{next(_numbers)}）",
        "questions": "无人机在市区怎么报备\n无人机在市区飞要怎么报备",
        "answer": answer,
        "unit": "市公安局",
        "category": "治安管理",
    }


@pytest.fixture(autouse=True)
async def _as_found(hall: Database, system: System) -> AsyncIterator[None]:
    """Each test begins with no questions, and leaves the knowledge base as it found it."""
    await _everybody_leaves(hall, system)
    async with hall.transaction() as connection:
        last = await connection.scalar(select(func.max(knowledge.c.id)))
    yield
    await _everybody_leaves(hall, system)
    async with hall.transaction() as connection:
        fresh = knowledge.update().where(knowledge.c.id > last)
        await connection.execute(
            fresh.values(retired=True, change=text("nextval('knowledge_change')"))
        )
    await system.library.step()


async def _everybody_leaves(hall: Database, system: System) -> None:
    async with hall.transaction() as connection:
        for citizen_id in (await connection.scalars(select(question.c.citizen_id))).all():
            await asking.erase(connection, citizen_id)
    work: Any = next(worker for worker in system.workers if worker.name == "questions")
    while await work.step():
        pass


class Visitor:
    """Somebody logged in to the console."""

    def __init__(self, session: aiohttp.ClientSession, base: URL) -> None:
        self._session = session
        self._base = base

    async def get(self, path: str) -> str:
        async with self._session.get(f"{self._base}{PREFIX}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def status(self, path: str) -> int:
        async with self._session.get(f"{self._base}{PREFIX}{path}") as answer:
            return answer.status

    async def post(self, path: str, data: Any = None) -> ClientResponse:
        answer = await self._session.post(
            f"{self._base}{PREFIX}{path}", data=data or {}, headers={"Origin": str(self._base)}
        )
        await answer.read()
        return answer


@pytest.fixture
async def at(system: System, hall: Database, wechat: FakeWeChat) -> AsyncIterator[Any]:
    """Opens the console for a role."""
    base = URL(wechat.webhook_url).origin()
    sessions: list[aiohttp.ClientSession] = []
    now = system.services.clock.now()

    async def enter(role: Role) -> Visitor:
        login = f"q{role}"
        async with hall.transaction() as connection:
            unit = "市住建局" if role is Role.HANDLER else ""
            known = {member.login for member in await staff.everyone(connection)}
            if login not in known:
                await staff.save(
                    connection, login, name=f"某{role}", role=role, password=PASSWORD, now=now,
                    unit=unit,
                )  # fmt: skip
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        sessions.append(session)
        visitor = Visitor(session, URL(str(base).rstrip("/")))
        await visitor.post("/login", {"login": login, "password": PASSWORD})
        return visitor

    yield enter
    for session in sessions:
        await session.close()


async def ask_in_vain(person: Person, *texts: str) -> list[Person]:
    """Different citizens ask, and the group takes notice."""
    people = []
    for words in texts:
        people.append(Person(f"{person.openid}q{next(_numbers)}", person.system, person.wechat))
        await people[-1].says(words)
    await person.works("questions")
    return people


async def only_group(hall: Database) -> int:
    async with hall.transaction() as connection:
        query = select(question_group.c.id).where(question_group.c.asked > 0)
        return (await connection.scalars(query)).one()


async def heard(person: Person) -> str:
    """The last they heard of the bot on its own initiative."""
    await person.works("news")
    await person.works("delivery")
    await person.system.workers[0].step.__self__.finish()  # type: ignore[attr-defined]
    said = person.heard()
    return said[-1].text if said else ""


# -- publish --------------------------------------------------------------------------------------


async def test_asked_in_vain_published_told_and_answered(
    person: Person, hall: Database, system: System, at: Any
) -> None:
    people = await ask_in_vain(person, *DRONES)
    editor = await at(Role.EDITOR)
    listed = await editor.get("/questions")
    assert DRONES[0] in listed or DRONES[1] in listed or DRONES[2] in listed
    group = await only_group(hall)
    shown = await editor.get(f"/questions/{group}")
    assert "3 人问过 3 次" in shown
    assert all(text in shown for text in DRONES)

    tried = await editor.post(f"/questions/{group}/check", entry())
    assert "3 种问法里有" in await tried.text()
    done = await editor.post(f"/questions/{group}/publish", entry())
    assert done.headers["HX-Redirect"].endswith(f"/questions/{group}")
    for who in people:
        told = await heard(who)
        assert ANSWER in told
        assert "您之前问过" in told
    assert "3 位市民问过：已告诉 <b>3</b> 位" in await editor.get(f"/questions/{group}")

    await system.library.step()
    newcomer = Person(f"{person.openid}new", system, person.wechat)
    assert ANSWER in await newcomer.says(DRONES[0])
    assert await newcomer.outcomes() == ["answered"]


async def test_nobody_is_told_twice_nor_who_has_an_answer_nor_who_left(
    person: Person, hall: Database, at: Any
) -> None:
    first, answered, left, unwilling, late = await ask_in_vain(person, *DRONES, *DRONES[:2])
    await first.says(DRONES[1])
    now = person.system.services.clock.now()
    async with hall.transaction() as connection:
        for who, values in ((unwilling, {"surveys_wanted": False}), (left, {"following": False})):
            chat = await who.chat()
            await connection.execute(
                citizen.update().where(citizen.c.id == chat.citizen_id).values(**values)
            )
        chat = await answered.chat()
        row = {"citizen_id": chat.citizen_id, "author": "zhang", "rungs": [], "state": "sent"}
        await connection.execute(outbox.insert().values(**row, due_at=now, created_at=now))
        over = {"window_until": now - timedelta(hours=1), "tap_until": None}
        await connection.execute(
            conversation.update()
            .where(conversation.c.citizen_id == (await late.chat()).citizen_id)
            .values(**over)
        )
    await person.works("questions")
    editor, group = await at(Role.EDITOR), await only_group(hall)
    await editor.post(f"/questions/{group}/publish", entry())
    assert ANSWER in await heard(first)
    before = len(first.heard())
    for who in (answered, left, unwilling, late):
        assert ANSWER not in await heard(who)
    page = await editor.get(f"/questions/{group}")
    assert "5 位市民问过：已告诉 <b>1</b> 位" in page
    for reason in ("已另外得到答复", "已取消关注", "不愿接收主动消息", "窗口已关"):
        assert reason in page
    # Undone and published again: who was told is not told again.
    event = re.search(r'name="event" value="(\d+)"', page)
    assert event is not None
    await editor.post(f"/questions/{group}/undo", {"event": event[1]})
    again = await editor.post(f"/questions/{group}/publish", entry())
    assert again.status == 200
    await heard(first)
    assert len(first.heard()) == before


async def test_a_long_answer_is_one_tap_away(person: Person, hall: Database, at: Any) -> None:
    (who,) = await ask_in_vain(person, DRONES[0])
    editor, group = await at(Role.EDITOR), await only_group(hall)
    await editor.post(f"/questions/{group}/publish", entry(ANSWER * 12))
    assert "《无人机飞行怎么报备" in await heard(who)
    assert ANSWER in await who.taps("查看答复")


async def test_the_entry_must_be_fit_and_nothing_is_lost(
    person: Person, hall: Database, at: Any
) -> None:
    await ask_in_vain(person, DRONES[0])
    editor, group = await at(Role.EDITOR), await only_group(hall)
    refused = await editor.post(f"/questions/{group}/publish", entry(" "))
    assert (refused.status, await refused.text()) == (422, "答案为空")
    await editor.post(f"/questions/{group}/draft", entry("写到一半"))
    assert "写到一半" in await editor.get(f"/questions/{group}")
    assert "有草稿" in await editor.get("/questions")


async def test_merged_into_an_entry_and_undone(person: Person, hall: Database, at: Any) -> None:
    (who,) = await ask_in_vain(person, "购房合同丢了怎么补")
    async with hall.transaction() as connection:
        query = select(knowledge.c.id, knowledge.c.questions)
        known = (await connection.execute(query.where(knowledge.c.retired.is_(False)))).first()
    assert known is not None
    editor, group = await at(Role.EDITOR), await only_group(hall)
    await editor.post(
        f"/questions/{group}/merge", {"entry": known.id, "chosen": "购房合同丢了怎么补"}
    )
    assert await heard(who)

    async def questions() -> list[str]:
        async with hall.transaction() as connection:
            kept = select(knowledge.c.questions).where(knowledge.c.id == known.id)
            return list(await connection.scalar(kept))

    assert "购房合同丢了怎么补" in await questions()
    page = await editor.get(f"/questions/{group}")
    event = re.search(r'name="event" value="(\d+)"', page)
    assert event is not None
    await editor.post(f"/questions/{group}/undo", {"event": event[1]})
    assert await questions() == known.questions
    assert "待处理" in await editor.get(f"/questions/{group}")


# -- sort out -------------------------------------------------------------------------------------


async def test_dismissed_stays_so_until_it_is_asked_a_lot_more(
    person: Person, hall: Database, at: Any
) -> None:
    await ask_in_vain(person, DRONES[0])
    editor, group = await at(Role.EDITOR), await only_group(hall)
    assert (await editor.post(f"/questions/{group}/dismiss", {"why": ""})).status == 422
    await editor.post(f"/questions/{group}/dismiss", {"why": "归空管部门"})
    assert "归空管部门" in await editor.get("/questions?state=dismissed")
    await ask_in_vain(person, *DRONES[:2])
    assert "没有问而未答的问题" in await editor.get("/questions")
    await ask_in_vain(person, *[DRONES[0]] * 8)
    assert "又被问了10次" in await editor.get(f"/questions/{group}")
    assert DRONES[0] in await editor.get("/questions")


async def test_a_question_moved_out_and_back(person: Person, hall: Database, at: Any) -> None:
    await ask_in_vain(person, *DRONES)
    editor, group = await at(Role.EDITOR), await only_group(hall)
    async with hall.transaction() as connection:
        rows = await connection.execute(select(question.c.id, question.c.text))
        wrong = next(row.id for row in rows if row.text == DRONES[2])
    nothing = await editor.post(f"/questions/{group}/move", {"target": ""})
    assert nothing.status == 422
    await editor.post(f"/questions/{group}/move", {"chosen": str(wrong), "target": ""})
    await person.works("questions")
    assert "2 人问过 2 次" in await editor.get(f"/questions/{group}")
    page = await editor.get(f"/questions/{group}")
    event = re.search(r'name="event" value="(\d+)"', page)
    assert event is not None
    await editor.post(f"/questions/{group}/undo", {"event": event[1]})
    await person.works("questions")
    assert "3 人问过 3 次" in await editor.get(f"/questions/{group}")


async def test_two_editors_at_once(person: Person, hall: Database, at: Any) -> None:
    await ask_in_vain(person, DRONES[0])
    one, two, group = await at(Role.EDITOR), await at(Role.EDITOR), await only_group(hall)
    await one.post(f"/questions/{group}/dismiss", {"why": "归空管部门"})
    late = await two.post(f"/questions/{group}/publish", entry())
    assert late.status == 422
    assert "别人处理过" in await late.text()


async def test_who_left_is_on_no_page(person: Person, hall: Database, at: Any) -> None:
    _, leaves = await ask_in_vain(person, DRONES[0], "我叫李大嘴，无人机在市区怎么报备")
    editor, group = await at(Role.EDITOR), await only_group(hall)
    assert "李大嘴" in await editor.get(f"/questions/{group}")
    async with hall.transaction() as connection:
        chat = await leaves.chat()
        await citizens.erase(connection, chat.citizen_id, person.system.services.clock.now())
    assert "李大嘴" not in await editor.get(f"/questions/{group}")
    assert "李大嘴" not in await editor.get("/questions")


# -- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
async def test_some_only_read(person: Person, hall: Database, at: Any, role: Role) -> None:
    await ask_in_vain(person, DRONES[0])
    reader, group = await at(role), await only_group(hall)
    page = await reader.get(f"/questions/{group}")
    assert DRONES[0] in page
    assert "发布</button>" not in page
    assert (await reader.post(f"/questions/{group}/publish", entry())).status == 403


async def test_others_see_nothing_of_it(at: Any) -> None:
    agent, handler = await at(Role.AGENT), await at(Role.HANDLER)
    assert await agent.status("/questions") == 403
    assert await handler.status("/trial") == 403


async def test_another_site_can_do_nothing(person: Person, hall: Database, at: Any) -> None:
    await ask_in_vain(person, DRONES[0])
    editor, group = await at(Role.EDITOR), await only_group(hall)
    answer = await editor._session.post(
        f"{editor._base}{PREFIX}/questions/{group}/dismiss",
        data={"why": "x"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status == 403


# -- the try-it box -------------------------------------------------------------------------------


async def tables(hall: Database) -> tuple[int, ...]:
    counts = []
    async with hall.transaction() as connection:
        for table in (message, citizen, outbox, knowledge, question, conversation):
            counts.append(await connection.scalar(select(func.count()).select_from(table)))
    return tuple(counts)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("充电桩安装需要什么手续", "直接答复"),
        ("购房合同丢了怎么补", "给出选项"),
        ("我家那个东西又不行了", "追问一次"),
        ("我家着火了，快来人", "紧急情况"),
        ("雨湖区建设北路128号的路灯坏了三天了", "追问一次"),
        ("转人工", "转人工"),
        ("我的工单", "操作指令"),
        ("确认", ""),
        ("ﷺ" * 400, ""),
    ],
)
async def test_a_sentence_is_tried_and_leaves_no_trace(
    hall: Database, at: Any, words: str, outcome: str
) -> None:
    agent, before = await at(Role.AGENT), await tables(hall)
    answer = await agent.post("/trial", {"text": words})
    assert answer.status == 200
    assert f"会这样：{outcome}" in await answer.text()
    assert "最近的知识" in await answer.text()
    assert not re.search("(支持|反对) 0.00", await answer.text())
    assert await tables(hall) == before


async def test_an_edit_is_tried_before_it_is_saved(hall: Database, at: Any) -> None:
    editor, before = await at(Role.EDITOR), await tables(hall)
    plain = await (await editor.post("/trial", {"text": DRONES[0]})).text()
    assert ANSWER not in plain
    edited = await (await editor.post("/trial", {"text": DRONES[0], **entry()})).text()
    assert ANSWER in edited
    assert "没保存的修改" in edited
    assert await tables(hall) == before
    again = await (await editor.post("/trial", {"text": DRONES[0]})).text()
    assert ANSWER not in again


async def test_what_cannot_be_tried(at: Any) -> None:
    editor = await at(Role.EDITOR)
    assert "请先写一句" in await (await editor.post("/trial", {"text": " "})).text()
    unknown = {"text": "你好", "title": "新标题", "entry": "999999999"}
    assert "没有这条知识" in await (await editor.post("/trial", unknown)).text()


async def test_an_agent_points_out_a_wrong_answer(person: Person, hall: Database, at: Any) -> None:
    await person.says("充电桩安装需要什么手续")
    agent = await at(Role.AGENT)
    chat = await agent.get(f"/chats/{(await person.chat()).citizen_id}")
    link = re.search(r"/trial\?message=(\d+)", chat)
    assert link is not None
    page = await agent.get(f"/trial?message={link[1]}")
    assert "充电桩安装需要什么手续" in page
    assert "当时：直接答复" in page
    done = await agent.post("/trial/teach", {"message": link[1], "entry": "1"})
    assert done.status == 200
    assert (await agent.post("/trial/teach?teach=1", {"text": "x", "entry": "1"})).status == 403
    await person.works("questions")
    editor = await at(Role.EDITOR)
    page = await editor.get(f"/questions/{await only_group(hall)}")
    assert "坐席指出答得不对" in page


async def test_an_editor_teaches_from_a_message(
    person: Person, hall: Database, system: System, at: Any
) -> None:
    await ask_in_vain(person, DRONES[0])
    async with hall.transaction() as connection:
        message_id = await connection.scalar(select(question.c.message_id))
        known = (await connection.execute(select(knowledge).order_by(knowledge.c.id))).first()
    assert known is not None
    editor = await at(Role.EDITOR)
    done = await editor.post(
        "/trial/teach?teach=1", {"text": DRONES[0], "entry": known.id, "message": message_id}
    )
    assert done.status == 200, await done.text()
    await person.works("questions")
    await system.library.step()
    async with hall.transaction() as connection:
        kept = await connection.scalar(
            select(knowledge.c.questions).where(knowledge.c.id == known.id)
        )
        assert DRONES[0] in kept
        await connection.execute(
            knowledge.update()
            .where(knowledge.c.id == known.id)
            .values(questions=known.questions, change=text("nextval('knowledge_change')"))
        )
    assert "没有问而未答的问题" in await editor.get("/questions")
    await system.library.step()
