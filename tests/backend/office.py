"""A hotline office for tests: its staff, citizens who speak, and browsers logged in."""

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from backend import citizens, conversations, outbox, staff
from backend.clock import Clock
from backend.console.context import PREFIX
from backend.conversations import Mode
from backend.database import Connection, Database
from backend.message import Inbound, Kind, Outcome, Reply, Window
from backend.orders import service, store
from backend.orders.store import Kept
from backend.services import Services
from backend.staff import Member, Role
from backend.tables import message
from backend.turns import close_turn, open_turn

PASSWORD = "hotline-12345"
UNITS = ("市住建局", "市城管局", "市水务集团")
CATEGORIES = ("城市管理/路灯", "城市管理/园林绿化", "城市供水/停水")
AREAS = ("岳塘区", "雨湖区")
STAFF = (
    ("zhang", "张坐席", Role.AGENT, ""),
    ("wang", "王坐席", Role.AGENT, ""),
    ("root", "管理员", Role.ADMIN, ""),
    ("ban", "陈班长", Role.SUPERVISOR, ""),
    ("zhujian", "刘主任", Role.HANDLER, "市住建局"),
    ("chengguan", "赵队长", Role.HANDLER, "市城管局"),
    ("drifter", "无单位", Role.HANDLER, ""),
    ("audit", "审计员", Role.AUDITOR, ""),
    ("editor", "编辑员", Role.EDITOR, ""),
)
_numbers = itertools.count(1)


async def hire(connection: Connection) -> None:
    """Let everybody of STAFF in."""
    for login, name, role, unit in STAFF:
        await staff.save(
            connection, login, name=name, role=role, password=PASSWORD, now=Clock().now(), unit=unit
        )


@dataclass
class World:
    """Does what the bot will do: citizens speak, orders come about."""

    services: Services
    members: dict[str, Member]

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    @property
    def database(self) -> Database:
        return self.services.database

    async def says(
        self,
        words: str,
        *,
        citizen: str = "",
        outcome: Outcome = Outcome.ANSWERED,
        answer: str = "",
        mode: Mode | None = None,
        reason: str = "",
        name: str = "",
        age: timedelta = timedelta(),
    ) -> int:
        """A citizen says something; returns the citizen's id."""
        number, at = next(_numbers), self.now - age
        inbound = Inbound(
            f"key{number}",
            "wechat",
            citizen or f"openid{number}",
            Kind.TEXT,
            at,
            text=words,
            window=Window(5, 48 * 3600),
        )
        async with self.database.transaction() as connection:
            opened = await open_turn(connection, inbound)
            assert opened.message_id is not None
            chat = opened.conversation.opened(inbound.window, at)
            await close_turn(
                connection,
                opened.message_id,
                _led(chat, mode, reason, at),
                [Reply(answer)] if answer else [],
                outcome=outcome,
                received_at=at,
                now=at,
                passive=True,
                confidence=0.42,
            )
            if name:
                await _call(connection, chat.citizen_id, name)
        self.services.live.tell("chats", f"chat:{chat.citizen_id}")
        return chat.citizen_id

    async def message(self, outcome: Outcome, at: datetime, knowledge_id: int | None = None) -> int:
        """A message that was received then and ended so; returns its id."""
        citizen_id = await self.says("问一下", outcome=outcome)
        query = (
            update(message)
            .where(message.c.citizen_id == citizen_id)
            .values(knowledge_id=knowledge_id, received_at=at)
        )
        async with self.database.transaction() as connection:
            return int((await connection.execute(query.returning(message.c.id))).scalar_one())

    async def waits(self, words: str = "我要找人工", **more: object) -> int:
        """A citizen who waits for a person."""
        return await self.says(
            words,
            outcome=Outcome.HANDOFF,
            mode=Mode.WAITING,
            answer="正在为您转接人工，请稍候。",
            **{"reason": "市民要求人工", **more},  # type: ignore[arg-type]
        )

    async def order(self, unit: str = "", steps: tuple[str, ...] = (), **fields: object) -> Kept:
        """An order, dispatched to `unit` if one is named, then led through `steps`."""
        citizen_id = await self.says("路灯坏了", outcome=Outcome.ORDER)
        facts = {"channel": "wechat", "type": "投诉", "facts": "人民路路灯不亮", **fields}
        data = {"unit": unit, "reply": "现场核实后已修好路灯，电话联系市民，市民表示满意。"}
        async with self.database.transaction() as connection:
            kept = await store.add(
                connection, facts, citizen_id=citizen_id, actor="citizen:", now=self.now
            )
            for step in ("dispatch", *steps) if unit else ():
                kept = await service.act(
                    connection, kept.number, step, actor="admin:root", now=self.now, data=data
                )
        return kept

    async def settle(self, row_id: int, state: str, error: str = "") -> None:
        async with self.database.transaction() as connection:
            await outbox.settle(connection, row_id, state, self.now, error)


def _led(
    chat: conversations.Conversation, mode: Mode | None, reason: str, at: datetime
) -> conversations.Conversation:
    if mode is None:
        return chat
    return replace(chat, mode=mode, waiting_since=at, waiting_reason=reason)


async def _call(connection: Connection, citizen_id: int, name: str) -> None:
    await citizens.note_contact(connection, citizen_id, name=name, phone="13800001111")


class Browser:
    """Somebody at the console, sending what a browser would."""

    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self.client = client

    @property
    def origin(self) -> str:
        return str(self.client.make_url("/")).rstrip("/")

    async def get(self, path: str, **more: object) -> ClientResponse:
        return await self.client.get(PREFIX + path, **more)  # type: ignore[arg-type]

    async def post(self, path: str, data: dict[str, str] | None = None) -> ClientResponse:
        return await self.client.post(
            PREFIX + path, data=data or {}, headers={"Origin": self.origin}
        )

    async def upload(
        self, path: str, data: dict[str, str], *contents: tuple[str, bytes]
    ) -> ClientResponse:
        """Post a form with files, each of a name and a content, as a phone does."""
        form = FormData(default_to_multipart=True)
        for name, value in data.items():
            form.add_field(name, value)
        for filename, content in contents:
            form.add_field("files", content, filename=filename)
        return await self.client.post(PREFIX + path, data=form, headers={"Origin": self.origin})

    async def read(self, path: str) -> str:
        response = await self.get(path)
        assert response.status == 200, await response.text()
        return await response.text()

    async def log_in(self, login: str, password: str = PASSWORD) -> ClientResponse:
        return await self.post("/login", {"login": login, "password": password})


class Desk:
    """Opens a browser for whoever is asked for, logged in."""

    def __init__(self, server: TestServer) -> None:
        self._server = server
        self._clients: list[TestClient[web.Request, web.Application]] = []

    async def __call__(self, login: str) -> Browser:
        client = TestClient(self._server)
        self._clients.append(client)
        browser = Browser(client)
        response = await browser.log_in(login)
        assert response.status == 200
        return browser

    async def close(self) -> None:
        for client in self._clients:
            await client.session.close()
