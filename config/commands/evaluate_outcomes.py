"""What `huiying evaluate triage` measures: each message as the first one of a new citizen."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter, time_ns

from backend import schema, sheets
from backend.clock import Clock
from backend.database import Database
from backend.knowledge import store
from backend.message import Inbound, Kind
from bot.evaluation.labels import FOLDS, Ranking, unseen
from bot.evaluation.outcomes import Case, Ended, OutcomeScore, cases, expected, score_outcomes
from bot.understanding.corpus import Corpus
from config import city, keys, local, starter
from config.app import NLU_DATA, System, build
from config.commands.evaluate_learners import learners
from config.rasa import environment
from config.settings import Settings

Say = Callable[[str], None]

_CHANNEL = "wechat"
_TOLD = 250
"""Messages between two lines of progress."""


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """What was measured on which messages, one score an engine."""

    data: str
    method: str
    notes: tuple[str, ...]
    engines: tuple[OutcomeScore, ...]


async def measure(
    file: Path | None, text: str, label: str, engines: Sequence[tuple[str, Settings]], say: Say
) -> OutcomeReport:
    """Rehearse every message with every engine, each given by its name and settings. Nothing is
    kept. Raises BadSheet, or NotStarted without Rasa."""
    if file is None:
        return await _our_own(engines, say)
    judged = cases(sheets.open_file(file), file.name, text, label)
    scores = []
    for name, known in engines:
        async with _system(known, say) as system:
            scores.append(await _rehearsed(name, system, judged, [()] * len(judged), say))
    return OutcomeReport(file.name, "the system in use, nothing kept", (), tuple(scores))


async def _our_own(engines: Sequence[tuple[str, Settings]], say: Say) -> OutcomeReport:
    """Our own examples, each read by engines that have not seen it."""
    examples = Corpus.load(NLU_DATA).intents
    judged = tuple(one for one in examples if expected([one]))
    if "rasa" in dict(engines):
        environment.check()
    scores = []
    for name, settings in engines:
        with learners(settings, say) as able:
            read, _ = unseen(able[name], examples, FOLDS, say)
        rankings = {one: each.ranking for one, each in zip(examples, read, strict=True)}
        ranked = [rankings[one] for one in judged]
        async with _system(settings, say) as system:
            scores.append(await _rehearsed(name, system, expected(judged), ranked, say))
    return OutcomeReport(
        "our examples (nlu_data) as first messages",
        f"intents by {FOLDS}-fold cross-validation; the knowledge search is as in use",
        (f"{len(examples) - len(judged)} examples that belong within a dialogue left out",),
        tuple(scores),
    )


async def _rehearsed(
    name: str, system: System, judged: Sequence[Case], rankings: Sequence[Ranking], say: Say
) -> OutcomeScore:
    titles = await _titles(system)
    keys = (f"rehearsal:{time_ns()}:{number}" for number in count())
    began = perf_counter()
    ended = []
    for case, ranking, key in zip(judged, rankings, keys, strict=False):
        inbound = Inbound(key, _CHANNEL, key, Kind.TEXT, system.services.clock.now(), case.text)
        ending = await system.engine.rehearse(inbound, ranking)
        title = titles.get(ending.knowledge_id or 0, "")
        ended.append(Ended(case, ending.outcome, title, ending.confidence or 0.0))
        if len(ended) % _TOLD == 0:
            say(f"{name}: {len(ended)} of {len(judged)} messages")
    return score_outcomes(name, ended, perf_counter() - began)


async def _titles(system: System) -> dict[int, str]:
    async with system.services.database.transaction() as connection:
        entries = await store.everything(connection)
    return {entry.id: entry.title for entry in entries}


@asynccontextmanager
async def _system(known: Settings, say: Say) -> AsyncIterator[System]:
    """The whole system over the configured database, not serving; a new database is filled as
    the first start would."""
    async with AsyncExitStack() as stack:
        url = known.database_url.get_secret_value()
        if not url:
            postgres = local.Postgres(known.data / "postgres")
            url = postgres.start()
            stack.callback(postgres.stop)
        database = Database(url, pool_size=2)
        stack.push_async_callback(database.close)
        new = await schema.is_new(database)
        if new:
            await schema.upgrade(database)
        await keys.unlock(known, database)
        if new:
            await starter.plant(database, Clock(), demo=known.simulator)
        redis_url = known.redis_url.get_secret_value() or local.Valkey(known.data / "valkey").url
        system = await stack.enter_async_context(
            build(known, city.load(known.city), database, redis_url, say)
        )
        await system.library.step()
        yield system
