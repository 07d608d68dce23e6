"""Where a dialogue stands between two messages: kept as JSON on the conversation."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from backend.message import Choice, Reply
from bot.understanding.turns import Standing
from bot.words import UNKNOWN_PLACE


@dataclass(frozen=True, slots=True)
class Draft:
    """An order in the making. `id` is the message that began it; it makes one order at most.

    `withheld`: the citizen does not want to leave a telephone number. `master` is an order about
    the same matter that they may join now; `apart`: they would rather not.
    """

    id: int
    type: str
    facts: str
    category: str = ""
    place: str = ""
    area: str = ""
    street: str = ""
    occurred_at: str = ""
    occurred_on: str = ""
    demand: str = ""
    contact: str = ""
    person: str = ""
    companies: tuple[str, ...] = ()
    confidential: bool = False
    withheld: bool = False
    attachments: tuple[int, ...] = ()
    asked: tuple[str, ...] = ()
    master: str = ""
    apart: bool = False

    @property
    def known_place(self) -> str:
        """Where it is; '' also where the citizen would not say."""
        return "" if self.place == UNKNOWN_PLACE else self.place


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What was last put to the citizen, and what an answer to it would mean.

    `asking` names the open question: `place`, `facts`, `matter`, `edit`, `change_…` (one field),
    `confirm`, `choice`, `clarify`, `feedback`, `elsewhere` or ''. `options` are the buttons now on
    offer, so that their number or label may be typed. `told` is the order that a text would make
    which was answered, offered titles, asked back or sent elsewhere, or which announced a matter.
    `shelved` drafts wait until the open one is done with. `previous` is the draft before its last
    correction, while that was the last thing done.
    """

    asking: str = ""
    options: tuple[Choice, ...] = ()
    draft: Draft | None = None
    previous: Draft | None = None
    shelved: tuple[Draft, ...] = ()
    told: Draft | None = None
    unclear: int = 0
    knowledge_id: int | None = None

    @property
    def question(self) -> str:
        """What was told before, '' if nothing was."""
        return self.told.facts if self.told else ""

    @property
    def standing(self) -> Standing:
        """How the open order stands for what is said to it."""
        draft = self.draft or Draft(0, "", "")
        return Standing(
            asking=self.asking if self.asking in ("place", "facts") else "confirm",
            type=draft.type,
            facts=draft.facts,
            place=draft.known_place,
            time=draft.occurred_at.partition("（")[0],
            phone=draft.contact,
            demand=draft.demand,
            company="、".join(draft.companies),
            person=draft.person,
            waiting=tuple(waiting.facts for waiting in self.shelved),
        )

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Dialogue":
        """The dialogue as it was saved; a fresh one if what was saved is not understood."""
        try:
            return msgspec.convert(data, cls)
        except msgspec.ValidationError:
            return cls()

    def save(self) -> dict[str, Any]:
        """As JSON, leaving out what is as in a fresh dialogue."""
        data = msgspec.to_builtins(self)
        return {name: value for name, value in data.items() if value != _FRESH[name]}

    def offering(self, reply: Reply, asking: str = "") -> "Dialogue":
        """The same dialogue after a reply has offered its choices."""
        return replace(self, options=reply.choices, asking=asking)

    def chosen(self, tap: str, text: str) -> str:
        """The id of the button meant: tapped, or its number or label typed; '' if none."""
        if tap:
            return tap
        said = _plain(text).removeprefix("第").removesuffix("个")
        for number, option in enumerate(self.options, 1):
            if said in (str(number), _plain(option.label)):
                return option.id
        return ""


_FRESH = msgspec.to_builtins(Dialogue())


def _plain(text: str) -> str:
    """In ordinary width, as Chinese keyboards type either, and without marks around it."""
    return unicodedata.normalize("NFKC", text).strip("。.、! \n")
