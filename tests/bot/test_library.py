"""What is changed in the knowledge base is what citizens are told, at once and on the day."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from backend.clock import city_time
from backend.knowledge import editing, store
from backend.knowledge.entry import Entry
from backend.knowledge.revisions import By
from bot import library as library_module
from bot.library import Library
from bot.understanding import reading
from config.app import System
from tests.bot.person import Person

QUESTION = "星空观测场怎么预约"
ENTRY = Entry(QUESTION, "请在观测场公众号预约。", ("去星空观测场要预约吗",), unit="市科协")


@pytest.fixture
async def entry(system: System) -> AsyncIterator[Entry]:
    """An entry that is there for one test, and a clock that is put back after it."""
    clock = system.services.clock
    offset, by = clock.offset, By("editor:editor", clock.now(), "试验")
    async with system.services.database.transaction() as connection:
        kept = await editing.add(connection, ENTRY, by)
    await system.library.step()
    yield kept
    clock.offset = offset
    async with system.services.database.transaction() as connection:
        last = await store.find(connection, kept.id)
        gone = replace(last, title=f"{kept.id}")
        last = await editing.change(connection, kept.id, gone, by, last.revision)
        await editing.retire(connection, kept.id, by, last.revision)
    await system.library.step()


async def change(system: System, entry: Entry, **content: str) -> None:
    by = By("editor:editor", system.services.clock.now(), "试验")
    async with system.services.database.transaction() as connection:
        changed = replace(entry, **content)
        await editing.change(connection, entry.id, changed, by, entry.revision)


async def test_a_changed_entry_answers_with_its_new_text(
    system: System, person: Person, entry: Entry
) -> None:
    assert ENTRY.answer in await person.says(QUESTION)
    await change(system, entry, answer="请打电话预约。")
    await system.library.step()
    said = await person.says(QUESTION)
    assert "请打电话预约。" in said
    assert ENTRY.answer not in said


async def test_an_expired_entry_is_silent_even_before_the_search_has_noticed(
    system: System, person: Person, entry: Entry
) -> None:
    clock = system.services.clock
    await change(system, entry, valid_until=f"{city_time(clock.now()):%Y-%m-%d}")
    await system.library.step()
    size = system.library.size
    assert ENTRY.answer in await person.says(QUESTION)
    midnight = city_time(clock.now()).replace(hour=23, minute=59, second=59) - clock.now()
    clock.advance(midnight)
    clock.advance(clock.now().resolution * 1_000_001)
    assert ENTRY.answer not in await person.says(QUESTION)
    await system.library.step()
    assert system.library.size == size - 1
    assert ENTRY.answer not in await person.says(QUESTION)


async def test_what_its_unit_calls_wrong_is_silent_at_once(
    system: System, person: Person, entry: Entry
) -> None:
    by = By("handler:kexie", system.services.clock.now(), "已经不用预约")
    async with system.services.database.transaction() as connection:
        await editing.report(connection, entry.id, by, entry.revision)
    assert ENTRY.answer not in await person.says(QUESTION)
    await system.library.step()
    assert ENTRY.answer not in await person.says(QUESTION)


class Watched:
    """Notes what it is told, like a search that finds nothing."""

    def __init__(self) -> None:
        self.held: dict[int, reading.Entry] = {}
        self.told: list[int] = []

    def __len__(self) -> int:
        return len(self.held)

    def change(self, entries: Sequence[reading.Entry], gone: Sequence[int] = ()) -> None:
        self.told.append(len(entries) + len(gone))
        self.held |= {entry.id: entry for entry in entries}
        for entry_id in gone:
            self.held.pop(entry_id, None)

    def search(self, text: str, limit: int = 3) -> tuple[reading.Hit, ...]:
        return ()


async def test_only_what_changed_is_read_again(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_BATCH", 100)
    search = Watched()
    library = Library(system.services, search)
    await library.open()
    assert len(search.told) > 1
    before = len(search.held)
    search.told.clear()
    now = system.services.clock.now()
    async with system.services.database.transaction() as connection:
        added = await editing.add(connection, ENTRY, By("editor:editor", now, "新增"))
    await library.step()
    await library.step()
    assert search.told == [1]
    assert search.held[added.id].answer == ENTRY.answer
    assert library.size == before + 1
    async with system.services.database.transaction() as connection:
        await editing.retire(connection, added.id, By("editor:editor", now, "停办"), added.revision)
    await library.step()
    assert added.id not in search.held
