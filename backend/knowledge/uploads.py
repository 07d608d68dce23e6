"""Files that somebody has tried and not yet confirmed: any replica may take the confirmation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from backend.database import Connection
from backend.tables import knowledge_upload

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and how it is to be imported."""

    name: str
    content: bytes
    replace: bool = False
    strict: bool = False


async def keep(connection: Connection, member_id: int, upload: Upload, now: datetime) -> int:
    """Keep a member's file; the number to take it by. Drops what was left lying for a day."""
    await connection.execute(delete(knowledge_upload).where(knowledge_upload.c.at < now - KEPT))
    values = {
        "member_id": member_id,
        "name": upload.name,
        "content": upload.content,
        "replace": upload.replace,
        "strict": upload.strict,
        "at": now,
    }
    statement = insert(knowledge_upload).values(values).returning(knowledge_upload.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def take(connection: Connection, member_id: int, token: int) -> Upload | None:
    """The member's file of that number; None if there is none any more."""
    query = select(knowledge_upload).where(
        knowledge_upload.c.id == token, knowledge_upload.c.member_id == member_id
    )
    row = (await connection.execute(query)).first()
    return Upload(row.name, bytes(row.content), row.replace, row.strict) if row else None


async def drop(connection: Connection, token: int) -> None:
    """Keep a file no longer."""
    await connection.execute(delete(knowledge_upload).where(knowledge_upload.c.id == token))
