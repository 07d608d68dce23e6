"""What a new database begins with: starter knowledge, who answers for what, logins."""

from collections.abc import Sequence
from pathlib import Path

from backend import setting, staff
from backend.clock import Clock
from backend.database import Connection, Database
from backend.knowledge import files, imports
from backend.knowledge.revisions import By
from backend.orders import responsibility
from backend.orders.responsibility import Duty
from backend.staff import Role

MARK = "seeded"
ENTRUSTED = "entrusted"
KNOWLEDGE = Path(__file__).parent.parent / "nlu_data" / "knowledge"

DEMO_PASSWORD = "huiying-demo"
DEMO_STAFF = (
    ("admin", "管理员", Role.ADMIN, ""),
    ("banzhang", "王班长", Role.SUPERVISOR, ""),
    ("zuoxi", "李坐席", Role.AGENT, ""),
    ("zuoxi2", "陈坐席", Role.AGENT, ""),
    ("chengguan", "市城管局经办人", Role.HANDLER, "市城管局"),
    ("yuhu", "雨湖区经办人", Role.HANDLER, "雨湖区人民政府"),
    ("zhishi", "知识编辑", Role.EDITOR, ""),
    ("shenji", "审计员", Role.AUDITOR, ""),
)
"""Logins of the demonstration: (login, name, role, unit)."""


async def plant(database: Database, clock: Clock, *, demo: bool) -> int | None:
    """Fill a new database; the number of knowledge entries, or None if it was filled before.

    The demo logins are made only where the simulator plays WeChat: a real office makes its own
    with `huiying staff add`.
    """
    async with database.transaction() as connection:
        if await setting.get(connection, MARK):
            return None
        lines = [
            line
            for path in sorted(KNOWLEDGE.glob("*.yml"))
            for line in files.read(path.name, path.read_bytes()).lines
        ]
        await imports.save(connection, lines, By("system:", clock.now(), "随系统带来的初始知识"))
        if demo:
            await _hire(connection, clock)
        await setting.put(connection, MARK, True)
    return len(lines)


async def entrust(database: Database, clock: Clock, duties: Sequence[Duty]) -> None:
    """Give a database that never had a responsibility list the one of the city's files."""
    async with database.transaction() as connection:
        if await setting.get(connection, ENTRUSTED):
            return
        if not await responsibility.everything(connection):
            await responsibility.save(connection, duties, clock.now())
        await setting.put(connection, ENTRUSTED, True)


async def _hire(connection: Connection, clock: Clock) -> None:
    for login, name, role, unit in DEMO_STAFF:
        await staff.save(
            connection,
            login,
            name=name,
            role=role,
            unit=unit,
            password=DEMO_PASSWORD,
            now=clock.now(),
        )
