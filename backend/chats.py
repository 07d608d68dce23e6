"""What agents do with chats: see who waits, take one, read it, write, hand it back to the bot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, true, update
from sqlalchemy.sql.selectable import LateralFromClause

from backend import conversations, outbox
from backend.clock import city_time
from backend.conversations import Conversation, Mode
from backend.database import Connection
from backend.message import Reply
from backend.orders.lifecycle import Refused
from backend.staff import Member, Role
from backend.tables import citizen, conversation, message, staff
from backend.tables import outbox as outbox_rows

LONGEST = 2000
"""Bytes of UTF-8 an agent may write at once: WeChat's limit of a text message is about 2,048."""

LEADERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who may take a chat from another agent, or hand back somebody else's."""

MACHINES = ("bot", "system", "survey")
"""Authors of outgoing messages who are not people."""

FAREWELL = "本次人工服务已结束，有事请继续留言，我会接着为您服务。"


class Taken(Refused):
    """Another agent has the chat."""


class WindowOver(Refused):
    """WeChat lets us send this citizen nothing more for now."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat in the queue. `unread` counts what the citizen said since a person last wrote."""

    citizen_id: int
    name: str
    mode: Mode
    agent_id: int | None
    agent_name: str
    waiting_since: datetime | None
    reason: str
    last_words: str
    last_kind: str
    last_at: datetime | None
    unread: int


def _last_words() -> LateralFromClause:
    said = (
        select(message.c.text, message.c.kind, message.c.received_at)
        .where(message.c.citizen_id == conversation.c.citizen_id, message.c.kind != "event")
        .order_by(message.c.id.desc())
        .limit(1)
    )
    return said.lateral("said")


def _unread() -> Any:
    answered = (
        select(func.max(outbox_rows.c.created_at))
        .where(
            outbox_rows.c.citizen_id == conversation.c.citizen_id,
            outbox_rows.c.author.not_in(MACHINES),
        )
        .scalar_subquery()
    )
    to_people = message.c.outcome.is_(None) | message.c.outcome.in_(("handoff", "agent"))
    return (
        select(func.count())
        .where(
            message.c.citizen_id == conversation.c.citizen_id,
            message.c.kind != "event",
            to_people,
            answered.is_(None) | (message.c.received_at > answered),
        )
        .scalar_subquery()
    )


async def queue(connection: Connection, limit: int = 200) -> list[Chat]:
    """Chats that wait for a person, longest first, then those a person has, newest first."""
    said = _last_words()
    query = (
        select(
            conversation.c.citizen_id,
            citizen.c.name,
            conversation.c.mode,
            conversation.c.agent_id,
            func.coalesce(staff.c.name, "").label("agent_name"),
            conversation.c.waiting_since,
            conversation.c.waiting_reason.label("reason"),
            func.coalesce(said.c.text, "").label("last_words"),
            func.coalesce(said.c.kind, "").label("last_kind"),
            said.c.received_at.label("last_at"),
            _unread().label("unread"),
        )
        .join_from(conversation, citizen, citizen.c.id == conversation.c.citizen_id)
        .outerjoin(staff, staff.c.id == conversation.c.agent_id)
        .outerjoin(said, true())
        .where(conversation.c.mode != Mode.BOT)
        .order_by(
            case((conversation.c.mode == Mode.WAITING, 0), else_=1),
            conversation.c.waiting_since,
            conversation.c.last_message_at.desc(),
        )
        .limit(limit)
    )
    rows = await connection.execute(query)
    return [Chat(**{**row._asdict(), "mode": Mode(row.mode)}) for row in rows]


async def waiting(connection: Connection) -> int:
    """How many chats wait for a person."""
    query = select(func.count()).where(conversation.c.mode == Mode.WAITING)
    return (await connection.execute(query)).scalar_one()


async def take(connection: Connection, citizen_id: int, member: Member, now: datetime) -> None:
    """Give the chat to `member`; from now on the bot is silent in it.

    Raises Taken when another agent has it (unless `member` leads the shift), LookupError when
    there is no such chat.
    """
    chat = await conversations.lock_citizen(connection, citizen_id)
    others = chat.mode is Mode.HUMAN and chat.agent_id != member.id
    if others and member.role not in LEADERS:
        raise Taken(f"这个会话已经由{await agent_name(connection, chat)}接入，您可以查看，不能回复")
    await _lead(connection, citizen_id, mode=Mode.HUMAN, agent_id=member.id, waiting_since=None)


async def say(
    connection: Connection, citizen_id: int, member: Member, text: str, now: datetime
) -> int:
    """Write to the citizen, by the outbox; returns the row's id.

    Raises Refused (with what to do instead) when the chat is not the member's, when there is
    nothing or too much to say, and WindowOver when WeChat would not deliver it.
    """
    chat = await conversations.lock_citizen(connection, citizen_id)
    if chat.mode is not Mode.HUMAN or chat.agent_id != member.id:
        raise Taken("这个会话不在您手上，请先接入再回复")
    words = text.strip()
    if not words:
        raise Refused("请先写下要说的话")
    if len(words.encode()) > LONGEST:
        raise Refused("一次最多写约 660 个汉字，请分两次发送")
    await _reachable(connection, chat, now)
    return await outbox.enqueue(connection, citizen_id, (Reply(words),), now, author=member.login)


async def _reachable(connection: Connection, chat: Conversation, now: datetime) -> None:
    if not chat.openid or not chat.following:
        raise WindowOver("市民已取消关注公众号，微信发不到了。" + _instead(chat))
    if await left(connection, chat, now) > 0:
        return
    if chat.window_until is None or now >= chat.window_until:
        raise WindowOver("市民超过 48 小时没有说话，微信不让我们再发消息。" + _instead(chat))
    raise WindowOver(
        "市民上次说话后，微信允许的条数已经用完，等市民再说一句就能接着回。" + _instead(chat)
    )


def _instead(chat: Conversation) -> str:
    if chat.phone:
        return "可以打电话联系（号码在资料里）；或者建一张工单，办结时会用通知消息告诉市民。"
    return "可以建一张工单，办结时会用通知消息告诉市民。"


async def left(connection: Connection, chat: Conversation, now: datetime) -> int:
    """How many messages an agent may still send: WeChat's allowance less what is on its way."""
    under_way = select(func.count()).where(
        outbox_rows.c.citizen_id == chat.citizen_id, outbox_rows.c.state == "pending"
    )
    pending: int = (await connection.execute(under_way)).scalar_one()
    return max(0, chat.allowance(now, reserved=False) - pending)


async def hand_back(connection: Connection, citizen_id: int, member: Member, now: datetime) -> bool:
    """Give the chat back to the bot and tell the citizen; False if they could not be told.

    Raises Taken when another agent has the chat, LookupError when there is no such chat.
    """
    chat = await conversations.lock_citizen(connection, citizen_id)
    if chat.mode is Mode.BOT:
        return True
    others = chat.mode is Mode.HUMAN and chat.agent_id != member.id
    if others and member.role not in LEADERS:
        raise Taken(f"这个会话在{await agent_name(connection, chat)}手上，由对方交回")
    # What the bot was asking before a person came in is no longer the question.
    await _lead(
        connection,
        citizen_id,
        mode=Mode.BOT,
        agent_id=None,
        waiting_since=None,
        waiting_reason="",
        dialogue={},
        unfinished=False,
    )
    if not chat.openid or await left(connection, chat, now) <= 0:
        return False
    await outbox.enqueue(connection, citizen_id, (Reply(FAREWELL),), now, author=member.login)
    return True


async def _lead(connection: Connection, citizen_id: int, **values: Any) -> None:
    await connection.execute(
        update(conversation).where(conversation.c.citizen_id == citizen_id).values(**values)
    )


async def agent_name(connection: Connection, chat: Conversation) -> str:
    """Who has the chat."""
    name = await connection.scalar(select(staff.c.name).where(staff.c.id == chat.agent_id))
    return name or "别的坐席"


def topics(citizen_id: int) -> Sequence[str]:
    """What to tell `Live` after a change to a chat, so that pages and the worker look at once."""
    return ("outbox", "chats", f"chat:{citizen_id}")


def window(chat: Conversation, now: datetime, count: int) -> str:
    """In words for the agent: how many messages may still be sent, and until when."""
    if not chat.following or not chat.openid:
        return "市民已取消关注，消息发不到"
    if count <= 0:
        return "现在不能发消息，要等市民再说一句"
    ends = [end for end in (chat.window_until, chat.tap_until) if end and now < end]
    return f"还能发 {count} 条，{city_time(max(ends)):%-m月%-d日 %H:%M} 前有效"
