"""What citizens said of the entries they were given: 「解决了」 or 「没解决」."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.tables import knowledge_feedback


async def judge(
    connection: Connection, entry_id: int, message_id: int, now: datetime, *, solved: bool
) -> None:
    """Keep what a citizen's message said of an entry; one message says it once."""
    values = {
        "message_id": message_id,
        "knowledge_id": entry_id,
        "solved": solved,
        "at": now,
    }
    await connection.execute(insert(knowledge_feedback).values(values).on_conflict_do_nothing())
