"""Tells the citizens who asked in vain that there is an answer now, if they may be told.

Planned with the publishing, in its transaction: one row a citizen and group, ever, so that nobody
is told twice. A worker decides for each whether they are still to be told and can be, and puts
what is said into the outbox; whoever is not told has the reason in their row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend import conversations
from backend import outbox as outgoing
from backend.chats import MACHINES
from backend.clock import city_time
from backend.database import Connection
from backend.knowledge import store
from backend.knowledge.entry import Entry
from backend.message import Body, Choice, Notice, Outcome, Reply
from backend.orders.lifecycle import State as OrderState
from backend.questions.asking import Standing
from backend.services import Services
from backend.tables import message, orders, outbox, question, question_group, question_news

TEMPLATE = "answer"
"""Our name of the notice for citizens whose window is over (WECHAT_TEMPLATES)."""
LONGEST = 300
"""Characters of an answer that is told whole; a longer one is one tap away."""
OFFICE_TYPE = "咨询"


class Fate:
    """What became of telling a citizen, until the outbox has the word."""

    DUE = "due"
    QUEUED = "queued"
    """In the outbox; what became of it stands there."""
    WINDOW = "window"
    """The 48 hours were over, or the count used up but for the one in reserve."""
    ANSWERED = "answered"
    """They had found an answer meanwhile, or a person or an order gave it."""
    LEFT = "left"
    UNWANTED = "unwanted"
    """They want no messages that they did not ask for (不再回访)."""
    WITHDRAWN = "withdrawn"
    """The publishing was undone before they were told."""


async def plan(connection: Connection, group_id: int) -> None:
    """Everybody who has asked in vain in this group is to be told; who was told before is not."""
    asked = (
        select(question.c.group_id, question.c.citizen_id, literal(Fate.DUE))
        .where(question.c.group_id == group_id, question.c.state == Standing.OPEN)
        .distinct()
    )
    statement = insert(question_news).from_select(("group_id", "citizen_id", "state"), asked)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["group_id", "citizen_id"],
            set_={"state": Fate.DUE, "outbox_id": None},
            where=question_news.c.state.in_((Fate.WITHDRAWN, Fate.WINDOW)),
        )
    )


async def withdraw(connection: Connection, group_id: int) -> None:
    """Tell nobody more of this group; what has left cannot be taken back."""
    here = question_news.c.group_id == group_id
    unsent = select(question_news.c.outbox_id).where(here, question_news.c.state == Fate.QUEUED)
    taken = await connection.execute(
        update(outbox)
        .where(
            outbox.c.id.in_(unsent), outbox.c.state == "pending", outbox.c.leased_until.is_(None)
        )
        .values(state="dropped", error="知识撤回了")
        .returning(outbox.c.id)
    )
    dropped = [row.id for row in taken]
    await connection.execute(
        update(question_news)
        .where(here, or_(question_news.c.state == Fate.DUE, question_news.c.outbox_id.in_(dropped)))
        .values(state=Fate.WITHDRAWN, outbox_id=None)
    )


class News:
    """The worker that tells them, one citizen a step."""

    def __init__(self, services: Services, *, notices: bool) -> None:
        """`notices`: whether the account has a template for those whose window is over."""
        self._services = services
        self._notices = notices

    async def step(self) -> bool:
        """Decide about one citizen; False if nobody is to be told."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            row = await _next(connection)
            if row is None:
                return False
            await self._tell(connection, row.group_id, row.citizen_id, now)
        self._services.live.tell("outbox", "questions", f"chat:{row.citizen_id}")
        return True

    async def _tell(
        self, connection: Connection, group_id: int, citizen_id: int, now: datetime
    ) -> None:
        query = select(question_group.c.knowledge_id).where(question_group.c.id == group_id)
        entry_id = await connection.scalar(query)
        entry = await store.get(connection, entry_id, now) if entry_id else None
        last = await _last_asked(connection, group_id, citizen_id)
        fate, outbox_id = Fate.WITHDRAWN, None
        if entry is not None:
            fate = await self._fate(connection, citizen_id, last, entry.id, now)
        if fate == Fate.QUEUED and entry is not None and last is not None:
            rungs = wording(last.text, entry, now)
            outbox_id = await outgoing.enqueue(connection, citizen_id, rungs, now)
        await connection.execute(
            update(question_news)
            .where(question_news.c.group_id == group_id, question_news.c.citizen_id == citizen_id)
            .values(state=fate, outbox_id=outbox_id)
        )

    async def _fate(
        self, connection: Connection, citizen_id: int, last: Any, entry_id: int, now: datetime
    ) -> str:
        chat = await conversations.find(connection, citizen_id)
        if chat is None or not chat.openid or not chat.following:
            return Fate.LEFT
        if not chat.surveys_wanted:
            return Fate.UNWANTED
        if last is None or await _has_answer(connection, citizen_id, last.asked_at, entry_id):
            return Fate.ANSWERED
        if chat.allowance(now, reserved=False) == 0 and not self._notices:
            return Fate.WINDOW
        return Fate.QUEUED


async def _next(connection: Connection) -> Any:
    query = select(question_news.c.group_id, question_news.c.citizen_id)
    due = query.where(question_news.c.state == Fate.DUE).order_by(question_news.c.group_id)
    return (await connection.execute(due.limit(1).with_for_update(skip_locked=True))).first()


async def _last_asked(connection: Connection, group_id: int, citizen_id: int) -> Any:
    """The citizen's last open question of the group; None if they have found an answer to all."""
    query = select(question.c.text, question.c.asked_at).where(
        question.c.citizen_id == citizen_id,
        question.c.group_id == group_id,
        question.c.state == Standing.OPEN,
    )
    return (await connection.execute(query.order_by(question.c.id.desc()).limit(1))).first()


async def _has_answer(
    connection: Connection, citizen_id: int, since: datetime, entry_id: int
) -> bool:
    """True if the bot told them this entry since, a person wrote to them, or an order of type
    咨询 was closed with an answer."""
    told = exists().where(
        message.c.citizen_id == citizen_id,
        message.c.received_at > since,
        message.c.outcome == Outcome.ANSWERED,
        message.c.knowledge_id == entry_id,
    )
    wrote = exists().where(
        outbox.c.citizen_id == citizen_id,
        outbox.c.created_at > since,
        outbox.c.author.not_in(MACHINES),
    )
    closed = exists().where(
        orders.c.citizen_id == citizen_id,
        orders.c.type == OFFICE_TYPE,
        orders.c.closed_at > since,
        orders.c.state.in_((OrderState.CALLING_BACK, OrderState.ARCHIVED)),
    )
    return bool(await connection.scalar(select(or_(told, wrote, closed))))


def wording(asked: str, entry: Entry, now: datetime) -> tuple[Body, ...]:
    """The rungs of telling: the answer in the chat, else a notice that there is one."""
    opening = f"您之前问过“{_short(asked, 40)}”，现在有答复了："
    whole = f"{opening}\n{entry.answer.strip()}\n{entry.signature}"
    if len(entry.answer) <= LONGEST:
        reply = Reply(whole, tail="还有疑问，直接发消息给我。")
    else:
        reply = Reply(f"{opening}\n《{entry.title}》", (Choice(f"entry:{entry.id}", "查看答复"),))
    fields = {
        "question": _short(asked, 20),
        "title": _short(entry.title, 20),
        "hint": "再问一次即可看到答复",
        "time": f"{city_time(now):%Y-%m-%d %H:%M}",
    }
    return reply, Notice(TEMPLATE, fields)


def _short(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 1]}…"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many citizens of a group were told, are being told, and were not, by the reason."""

    told: int
    under_way: int
    not_told: Mapping[str, int]

    @property
    def total(self) -> int:
        """All who had asked when the answer was published."""
        return self.told + self.under_way + sum(self.not_told.values())


async def tally(connection: Connection, group_id: int) -> Tally:
    """What became of telling the citizens of a group."""
    said = func.coalesce(outbox.c.state, question_news.c.state)
    query = (
        select(said, func.count())
        .outerjoin_from(question_news, outbox, outbox.c.id == question_news.c.outbox_id)
        .where(question_news.c.group_id == group_id)
        .group_by(said)
    )
    found = {row[0]: row[1] for row in await connection.execute(query)}
    told = found.pop("sent", 0)
    under_way = found.pop("pending", 0) + found.pop(Fate.DUE, 0)
    return Tally(told, under_way, found)
