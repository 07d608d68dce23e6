"""Tries a sentence for the console: the whole way of a message, of which nothing stays.

The skills run as for a citizen who has never written before, in a transaction that is rolled back
whatever happens. An entry that is not saved yet is written in it for so long as they look.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from time import perf_counter

from sqlalchemy import insert, update

from backend.conversations import Conversation, Mode
from backend.database import Connection
from backend.knowledge.entry import Entry
from backend.message import Inbound, Kind
from backend.services import Services
from backend.tables import knowledge
from backend.trial import LONGEST, Attempt, Evidence, Near
from bot.dialogue import Dialogue
from bot.triage import is_question
from bot.turn import Ending, Skill, Turn
from bot.understanding.knowledge_search import EVIDENCE, Explained
from bot.understanding.reading import Entry as Topic
from bot.understanding.reading import Reading
from bot.understanding.understanding import Understanding

CHANNEL = "trial"
HITS = 3
"""Entries a reading holds, as in Understanding.read."""
INTENTS = 5
"""Intents shown, of all that a reading weighs."""


class Trial:
    """Implements backend.trial.Trial with the very parts that answer citizens."""

    def __init__(
        self, services: Services, understanding: Understanding, skills: Sequence[Skill]
    ) -> None:
        self._services = services
        self._understanding = understanding
        self._skills = tuple(skills)

    async def ask(self, text: str, edited: Entry | None = None) -> Attempt:
        """What the bot would answer."""
        text = text.strip()[:LONGEST]
        started = perf_counter()
        reading = await self._understanding.read(text)
        async with self._services.database.transaction() as connection:
            nothing_stays = await connection.begin_nested()
            try:
                topic = await self._pretend(connection, edited)
                near = await self._understanding.explain(text, topic)
                hits = tuple(one.hit for one in near[:HITS])
                turn = self._turn(connection, replace(reading, hits=hits))
                skill, ending = await self._decide(turn)
            finally:
                await nothing_stays.rollback()
        seconds = perf_counter() - started
        return self._attempt(turn, skill, ending, near, topic, seconds)

    async def _pretend(self, connection: Connection, edited: Entry | None) -> Topic | None:
        """Write an entry that is not saved yet, for as long as this transaction lasts."""
        if edited is None:
            return None
        values = {**edited.content, "updated_at": self._services.clock.now()}
        statement = (
            update(knowledge).where(knowledge.c.id == edited.id).values(**values)
            if edited.id
            else insert(knowledge).values(**values)
        )
        entry_id = await connection.scalar(statement.returning(knowledge.c.id))
        return Topic(entry_id or 0, edited.title, edited.questions, edited.category)

    def _turn(self, connection: Connection, reading: Reading) -> Turn:
        now = self._services.clock.now()
        inbound = Inbound("trial", CHANNEL, "", Kind.TEXT, now, text=reading.text)
        return Turn(inbound, 0, _nobody(), Dialogue(), "", reading, connection, now)

    async def _decide(self, turn: Turn) -> tuple[str, Ending]:
        for skill in self._skills:
            ending = await skill.handle(turn)
            if ending is not None:
                return type(skill).__name__, ending
        raise RuntimeError("no skill took the sentence; the last one must")

    def _attempt(
        self,
        turn: Turn,
        skill: str,
        ending: Ending,
        near: Sequence[Explained],
        topic: Topic | None,
        seconds: float,
    ) -> Attempt:
        reading = turn.reading
        edited_id = topic.id if topic else None
        return Attempt(
            text=turn.text,
            outcome=ending.outcome,
            skill=skill,
            replies=ending.replies,
            engine=reading.engine,
            ranking=tuple((guess.name, guess.confidence) for guess in reading.ranking[:INTENTS]),
            weighed=asdict(turn.purpose),
            is_matter=turn.purpose.is_matter,
            is_question=is_question(reading),
            danger=reading.danger,
            category=reading.category,
            details=_said(reading),
            near=tuple(_near(one, edited_id) for one in near),
            answer_from=reading.thresholds.answer,
            choices_from=reading.thresholds.choices,
            seconds=seconds,
        )


def _said(reading: Reading) -> dict[str, str]:
    return {name: value for name, value in asdict(reading.details).items() if value}


def _near(one: Explained, edited_id: int | None) -> Near:
    hit = one.hit
    seen = zip(EVIDENCE, one.values, one.weights, strict=True)
    return Near(
        hit.knowledge_id,
        hit.title,
        hit.confidence,
        tuple(Evidence(*each) for each in seen),
        hit.knowledge_id == edited_id,
    )


def _nobody() -> Conversation:
    """The chat of a citizen who has never written before, and is not in the database."""
    return Conversation(
        citizen_id=0,
        channel=CHANNEL,
        openid="",
        mode=Mode.BOT,
        dialogue={},
        agent_id=None,
        waiting_since=None,
        waiting_reason="",
        window_until=None,
        window_left=0,
        tap_until=None,
        tap_left=0,
        name="",
        phone="",
        following=True,
        surveys_wanted=True,
    )
