"""What was begun and left: no message ends in nothing, also when its citizen falls silent."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, text

from backend import conversations, outbox
from backend.database import Connection
from backend.message import Reply
from backend.services import Services
from backend.tables import conversation
from bot import filing, words
from bot.dialogue import Dialogue, Draft


class Patience:
    """Files what waits for its citizen's answer too long, for a human to read (待受理)."""

    def __init__(self, services: Services, patience: timedelta) -> None:
        self._services = services
        self._patience = patience

    async def step(self) -> bool:
        """File one conversation's unfinished matters; False if none has waited long enough."""
        async with self._services.database.transaction() as connection:
            citizen_id = await self._next(connection)
            if citizen_id is None:
                return False
            await self._file_all(connection, citizen_id)
        self._services.live.tell("orders", "outbox", f"chat:{citizen_id}")
        return True

    async def _next(self, connection: Connection) -> int | None:
        left_at = self._services.clock.now() - self._patience
        # As ix_conversation_unfinished has it.
        unfinished = text("mode = 'bot' AND unfinished")
        query = (
            select(conversation.c.citizen_id)
            .where(unfinished, conversation.c.last_message_at < left_at)
            .order_by(conversation.c.last_message_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found: int | None = await connection.scalar(query)
        return found

    async def _file_all(self, connection: Connection, citizen_id: int) -> None:
        now = self._services.clock.now()
        chat = await conversations.lock_citizen(connection, citizen_id)
        dialogue = Dialogue.load(chat.dialogue)
        for draft in _unfinished(dialogue):
            kept = await filing.file(
                connection,
                chat,
                draft,
                now,
                actor="system:bot",
                state="待受理",
                tags=["市民未确认"],
            )
            reply = Reply(words.LEFT_ORDER.format(number=kept.number))
            await outbox.enqueue(connection, citizen_id, (reply,), now, order_id=kept.id)
        await conversations.save(connection, replace(chat, dialogue={}), now)


def _unfinished(dialogue: Dialogue) -> list[Draft]:
    """The drafts to file; a clarifying question that got no answer becomes one."""
    if dialogue.draft is not None:
        return [*dialogue.shelved, dialogue.draft]
    return [replace(dialogue.told, id=0)] if dialogue.told is not None else []
