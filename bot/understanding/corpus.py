"""The training data: examples in Rasa's YAML format and the starter knowledge, from nlu_data/."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.understanding.practice import Base, Subject, withheld
from bot.understanding.reading import Entry

_ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the label it stands for."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that the built-in engine learns from."""

    intents: tuple[Example, ...]
    categories: tuple[Example, ...]
    entries: tuple[Entry, ...]
    topics: tuple[Entry, ...] = ()
    """What citizens ask about beside the entries: titles, some with ways to ask, and ids
    below 0."""
    near_misses: tuple[Example, ...] = ()
    """Questions close to an entry that it does not answer, each with the title of the entry."""
    bases: tuple[Base, ...] = ()
    """Foreign knowledge bases that the knowledge search practises on, as the starter one."""
    subjects: Mapping[int, Subject] = field(default_factory=dict)
    """What the entries are about, by their ids."""
    hazards: tuple[Example, ...] = ()
    """Emergencies and what sounds like them, for the danger classifier alone: among the intents
    they made questions likelier and entries nearer than citizens' messages do."""
    places: tuple[str, ...] = ()
    """Where matters may be (bot/understanding/placing.py)."""

    @property
    def matters(self) -> tuple[Entry, ...]:
        """Whose ways to ask the metric is learned from: the topics, so that every knowledge base
        is as foreign to it as the next; without topics the entries."""
        return self.topics or self.entries

    @property
    def practice(self) -> tuple[Base, ...]:
        """The texts that the knowledge search practises on, by knowledge base."""
        bases = (*self.bases, withheld(self.entries, self.beside, self.subjects))
        return tuple(base.drawn() for base in bases if base.entries)

    @property
    def beside(self) -> list[str]:
        """The near misses of the entries that are there."""
        titles = {entry.title for entry in self.entries}
        return [one.text for one in self.near_misses if one.label in titles]

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """Read nlu_data/: intents/*.yml, categories.yml, knowledge/*.yml, topics/*.yml,
        near_misses.yml, subjects.yml, practice/*.yml, hazards/*.yml, places.yml."""
        entries = read_entries(sorted((folder / "knowledge").glob("*.yml")))
        topics = read_topics(sorted((folder / "topics").glob("*.yml")))
        rows = [row for path in folder.glob("subjects.yml") for row in read_yaml(path)]
        places = [place for path in folder.glob("places.yml") for place in read_yaml(path)]
        practice = sorted((folder / "practice").glob("*.yml"))
        return cls(
            intents=read_examples(sorted((folder / "intents").glob("*.yml"))),
            categories=read_examples(sorted(folder.glob("categories.yml"))),
            entries=entries,
            topics=topics,
            near_misses=read_near_misses(sorted(folder.glob("near_misses.yml"))),
            bases=tuple(read_base(read_yaml(path), topics) for path in practice),
            subjects=read_subjects(entries, topics, rows),
            hazards=read_examples(sorted((folder / "hazards").glob("*.yml"))),
            places=tuple(map(str, places)),
        )


def read_examples(paths: Iterable[Path]) -> tuple[Example, ...]:
    """The examples of Rasa YAML files, entity annotations taken off, each once."""
    found = (example for path in paths for example in _examples(read_yaml(path)))
    return tuple(dict.fromkeys(found))


def read_entries(paths: Iterable[Path]) -> tuple[Entry, ...]:
    """The knowledge entries of files with the keys 标题, 相似问, 答案, 分类; numbered from 1."""
    rows = [row for path in paths for row in read_yaml(path) or []]
    return tuple(_entry(number, row) for number, row in enumerate(rows, 1))


def read_topics(paths: Iterable[Path]) -> tuple[Entry, ...]:
    """The topics of files that list by title the ways to ask; numbered from -1 downwards."""
    pairs = [pair for path in paths for pair in (read_yaml(path) or {}).items()]
    return tuple(
        Entry(-number, str(title), tuple(map(str, questions)))
        for number, (title, questions) in enumerate(pairs, 1)
    )


def read_near_misses(paths: Iterable[Path]) -> tuple[Example, ...]:
    """The questions of files that list them by the title of the entry they are close to."""
    rows = [row for path in paths for row in read_yaml(path).items()]
    return tuple(Example(str(text), str(title)) for title, texts in rows for text in texts)


def read_base(document: Mapping[str, Any], topics: Sequence[Entry]) -> Base:
    """A base from its file: entries (条目) with title, answer and 相似问, the questions put to each
    (提问, 近似) and its topics (话题, 部分); other texts (无关). Raises KeyError for an unknown
    topic."""
    rows: list[dict[str, Any]] = document["条目"]
    entries = tuple(_entry(number, row) for number, row in enumerate(rows, 1))
    return Base(
        entries,
        tuple((str(q), e.id) for e, row in zip(entries, rows, strict=True) for q in row["提问"]),
        tuple(str(q) for row in rows for q in row.get("近似") or ()),
        tuple(map(str, document.get("无关") or ())),
        read_subjects(entries, topics, rows),
    )


def read_subjects(
    entries: Iterable[Entry], topics: Iterable[Entry], rows: Iterable[Mapping[str, Any]]
) -> dict[int, Subject]:
    """What entries are about, by their ids, of those that a row with 话题 tells of. Raises KeyError
    for a title that no topic has."""
    known = {topic.title: topic.id for topic in topics}
    told = {str(row["标题"]): row for row in rows if "话题" in row}
    return {
        entry.id: Subject(
            frozenset(known[title] for title in row["话题"]),
            frozenset(known[title] for title in row.get("部分") or ()),
        )
        for entry in entries
        if (row := told.get(entry.title)) is not None
    }


def read_yaml(path: Path) -> Any:
    """What a file of nlu_data holds. Raises yaml.YAMLError for what is none."""
    return yaml.load(path.read_text("utf-8"), Loader=_Loader)


def _examples(document: Any) -> Iterable[Example]:
    for block in (document or {}).get("nlu", []):
        for line in str(block.get("examples", "")).splitlines():
            text = _ANNOTATION.sub(r"\1", line.strip().removeprefix("-")).strip()
            if text:
                yield Example(text, block["intent"])


def _entry(number: int, row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=number,
        title=str(row["标题"]),
        questions=tuple(map(str, row.get("相似问") or ())),
        category=str(row.get("分类") or ""),
        answer=str(row.get("答案") or ""),
    )
