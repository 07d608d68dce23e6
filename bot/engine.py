"""The way of a message: kept, understood, given to the skills, answered — in one transaction."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from weakref import WeakValueDictionary

from prometheus_client import Counter, Histogram

from backend import conversations, messages, outbox
from backend.conversations import Mode
from backend.database import Connection, Unavailable
from backend.failure import describe
from backend.message import Channel, Inbound, Outcome, Reply
from backend.services import Services
from backend.turns import Opened, close_turn, open_turn
from bot import unanswered, words
from bot.dialogue import Dialogue
from bot.offer import Offer
from bot.turn import Ending, Skill, Turn
from bot.understanding.reading import Guess, Reading
from bot.understanding.turn_reader import Heard
from bot.understanding.understanding import Understanding

log = logging.getLogger(__name__)

ANSWER_WITHIN = 4.2
"""Seconds; WeChat waits 5, and keeping the message for later must still fit in."""

ACCEPT_WITHIN = 0.5
RETRY_EVERY = 0.2

NOTHING = Reading("", Guess("", 0.0))

OUTCOMES = Counter("huiying_outcomes_total", "Messages by the outcome they ended in", ["outcome"])
SECONDS = Histogram("huiying_turn_seconds", "Time from receipt to commit of a turn")
RESCUES = Counter("huiying_rescues_total", "Turns that failed and were handed to a human")
ACCEPTED = Counter("huiying_accepted_total", "Messages kept to be answered later")


class Engine:
    """Takes every message of every channel to exactly one outcome."""

    def __init__(
        self,
        services: Services,
        understanding: Understanding,
        skills: Sequence[Skill],
        channels: Mapping[str, Channel],
        offer: Offer | None = None,
    ) -> None:
        self._services = services
        self._understanding = understanding
        self._skills = tuple(skills)
        self._channels = channels
        self._offer = offer
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def receive(self, inbound: Inbound) -> Reply | None:
        """Handle a message and return what to answer at once; None if nothing, or later.

        When it returns, the message is committed. Raises Unavailable if it could not be kept; the
        sender should then try again.
        """
        until = asyncio.get_running_loop().time() + ANSWER_WITHIN
        turn = self._turn_of(inbound.openid)
        try:
            async with asyncio.timeout_at(until):
                await turn.acquire()
        except TimeoutError:
            return await self._keep(inbound)
        try:
            answer = await self._answer(inbound, until)
            return self._services.links.linked(answer) if answer else None
        finally:
            turn.release()

    async def rehearse(self, inbound: Inbound, ranking: tuple[Guess, ...] = ()) -> Ending:
        """How a message would end if it came now; nothing of it is kept or told to anybody.

        `ranking` are the intents to assume; without any the engine in use names them. Raises what
        a skill raises, and Unavailable.
        """
        reading = (
            await self._understanding.read(inbound.text, ranking)
            if ranking
            else await self._read(inbound)
        )
        async with (
            self._services.database.transaction() as connection,
            connection.begin_nested() as kept,
        ):
            opened = await open_turn(connection, inbound)
            if opened is None or opened.message_id is None:
                raise ValueError("a message with this key was handled before")
            ending = await self._decide(self._turn(connection, opened, inbound, reading))
            await kept.rollback()
        return ending

    async def _answer(self, inbound: Inbound, until: float) -> Reply | None:
        """Handle a message in its turn; keep it, still in its turn, when time runs out."""
        try:
            async with asyncio.timeout_at(until):
                return await self._persist(inbound)
        except TimeoutError:
            return await self._keep(inbound)

    async def _keep(self, inbound: Inbound) -> Reply | None:
        """Keep what took too long, in the little time that is left."""
        try:
            async with asyncio.timeout(ACCEPT_WITHIN):
                return await self._accept(inbound)
        except TimeoutError as error:
            raise Unavailable("not in time") from error

    async def _persist(self, inbound: Inbound) -> Reply | None:
        """Handle a message, waiting for a database that is restarting."""
        while True:
            try:
                return await self._handle(inbound)
            except Unavailable:
                await asyncio.sleep(RETRY_EVERY)

    def _turn_of(self, openid: str) -> asyncio.Lock:
        """One at a time for each citizen, so that a flood of one holds no connections."""
        lock = self._locks.get(openid)
        if lock is None:
            lock = self._locks[openid] = asyncio.Lock()
        return lock

    async def _handle(self, inbound: Inbound) -> Reply | None:
        try:
            reading = await self._read(inbound)
            return await self._commit(inbound, reading)
        except Unavailable:
            raise
        except Exception as error:
            log.error("a turn failed, the message goes to a human: %s", describe(error))
            RESCUES.inc()
            return await self._commit(inbound, None)

    async def _read(self, inbound: Inbound) -> Reading:
        if not inbound.text or inbound.tap:
            return NOTHING
        return await self._understanding.read(inbound.text)

    async def _commit(self, inbound: Inbound, reading: Reading | None) -> Reply | None:
        """The one transaction of a turn; without a reading the message goes to a human."""
        started = monotonic()
        async with self._services.database.transaction() as connection:
            opened = await open_turn(connection, inbound)
            if opened is None or opened.message_id is None:
                return await self._repeat(connection, inbound)
            if opened.conversation.backlog:
                await self._defer(connection, opened, inbound)
                return None
            turn = self._turn(connection, opened, inbound, reading or NOTHING)
            ending = await self._rescue(turn) if reading is None else await self._decide(turn)
            answer = await self._end(turn, ending, passive=True)
        self._told(turn, ending, monotonic() - started)
        return answer

    async def _repeat(self, connection: Connection, inbound: Inbound) -> Reply | None:
        stored = await messages.find(connection, inbound.key)
        return await outbox.passive_reply(connection, stored.id) if stored else None

    def _turn(
        self,
        connection: Connection,
        opened: Opened,
        inbound: Inbound,
        reading: Reading,
    ) -> Turn:
        assert opened.message_id is not None
        now = self._services.clock.now()
        conversation = opened.conversation.opened(inbound.window, now)
        dialogue = Dialogue.load(conversation.dialogue)
        choice = dialogue.chosen(inbound.tap, inbound.text)
        return Turn(
            inbound,
            opened.message_id,
            conversation,
            dialogue,
            choice,
            reading,
            connection,
            now,
            self._heard(inbound, dialogue, choice),
        )

    def _heard(self, inbound: Inbound, dialogue: Dialogue, choice: str) -> Heard:
        if not inbound.text or choice or dialogue.draft is None:
            return Heard()
        return self._understanding.hear(inbound.text, dialogue.standing)

    async def _decide(self, turn: Turn) -> Ending:
        for skill in self._skills:
            ending = await skill.handle(turn)
            if ending is not None:
                return await self._offer.on(turn, ending) if self._offer else ending
        raise RuntimeError("no skill took the message; the last one must")

    async def _rescue(self, turn: Turn) -> Ending:
        """The bot failed: keep the message, say so honestly, and call a human."""
        waiting = replace(
            turn.conversation,
            mode=Mode.HUMAN if turn.conversation.mode is Mode.HUMAN else Mode.WAITING,
            waiting_since=turn.conversation.waiting_since or turn.now,
            waiting_reason="智能助手出错",
        )
        return Ending(
            Outcome.HANDOFF,
            (Reply(words.RESCUED),),
            turn.dialogue,
            waiting,
            topics=("chats", "alerts"),
        )

    async def _end(self, turn: Turn, ending: Ending, *, passive: bool) -> Reply | None:
        """Write all that a turn has changed; returns the reply that is given at once."""
        channel = self._channels[turn.inbound.channel]
        parts = [part for reply in ending.replies for part in channel.split(reply)]
        chat = ending.conversation or turn.conversation
        await close_turn(
            turn.connection,
            turn.message_id,
            replace(chat, dialogue=ending.dialogue.save()),
            parts,
            outcome=ending.outcome,
            received_at=turn.inbound.received_at,
            now=turn.now,
            passive=passive,
            knowledge_id=ending.knowledge_id,
            order_id=ending.order_id,
            confidence=ending.confidence,
        )
        await unanswered.note(turn, ending)
        return parts[0] if parts and passive else None

    def _told(self, turn: Turn, ending: Ending, seconds: float) -> None:
        OUTCOMES.labels(ending.outcome).inc()
        SECONDS.observe(seconds)
        topics = [*ending.topics, f"chat:{turn.conversation.citizen_id}"]
        if len(ending.replies) > 1:
            topics.append("outbox")
        if turn.conversation.mode is not Mode.BOT:
            topics.append("chats")
        self._services.live.tell(*topics)

    async def _accept(self, inbound: Inbound) -> Reply | None:
        """Keep a message that takes too long; the worker answers it (`catch_up`)."""
        async with self._services.database.transaction() as connection:
            opened = await open_turn(connection, inbound)
            if opened is None or opened.message_id is None:
                return await self._repeat(connection, inbound)
            await self._defer(connection, opened, inbound)
        return None

    async def _defer(self, connection: Connection, opened: Opened, inbound: Inbound) -> None:
        """Leave a message that is kept to `catch_up`, and what comes after it too."""
        chat = opened.conversation.opened(inbound.window, self._services.clock.now())
        await conversations.save(connection, replace(chat, backlog=True), inbound.received_at)
        ACCEPTED.inc()
        self._services.live.tell("inbound")

    async def catch_up(self) -> bool:
        """Handle the oldest message that was accepted and not answered; False if there is none."""
        async with self._services.database.transaction() as connection:
            waiting = await messages.oldest_unhandled(connection)
        if waiting is None:
            return False
        message_id, inbound = waiting
        # Beside the work: a slow WeChat must not hold up the answer that is announced.
        typing = asyncio.create_task(self._channels[inbound.channel].typing(inbound.openid))
        try:
            async with self._turn_of(inbound.openid):
                await self._handle_kept(message_id, inbound)
        finally:
            typing.cancel()
        return True

    async def _handle_kept(self, message_id: int, inbound: Inbound) -> None:
        try:
            await self._catch_up(message_id, inbound, await self._read(inbound))
        except Unavailable:
            raise
        except Exception as error:
            log.error("a kept message failed, it goes to a human: %s", describe(error))
            RESCUES.inc()
            await self._catch_up(message_id, inbound, None)

    async def _catch_up(self, message_id: int, inbound: Inbound, reading: Reading | None) -> None:
        started = monotonic()
        async with self._services.database.transaction() as connection:
            conversation = await conversations.lock(connection, inbound)
            if not await messages.is_unhandled(connection, message_id):
                return
            opened = Opened(conversation, message_id)
            turn = self._turn(connection, opened, inbound, reading or NOTHING)
            # The window was opened when the message came, and part of it may be spent.
            turn = replace(turn, conversation=conversation)
            ending = await self._rescue(turn) if reading is None else await self._decide(turn)
            await self._end(turn, ending, passive=False)
        self._told(turn, ending, monotonic() - started)
        self._services.live.tell("outbox")
