"""A citizen of the simulated WeChat: what is on their screen, and how they stand to the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.message import Choice
from channels.simulator import richtext
from channels.simulator.quota import Quota

TYPING = timedelta(seconds=15)
"""How long one "对方正在输入" shows (客服输入状态)."""


class Sender(StrEnum):
    """On which side of the screen a bubble stands."""

    CITIZEN = "citizen"
    ACCOUNT = "account"
    SYSTEM = "system"


class Way(StrEnum):
    """How the account sent it."""

    NONE = ""
    PASSIVE = "passive"
    CUSTOM = "custom"
    TEMPLATE = "template"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing in a chat.

    `kind` is WeChat's msgtype (`text`, `image`, `voice`, `location`, `news`, `msgmenu` ...), or
    `template` for a card, or `notice` for a grey line. `choices` are its buttons, whether they
    came as a menu or as links in the text; `data` is what else the kind has.
    """

    id: int
    at: datetime
    sender: Sender
    kind: str
    text: str = ""
    way: Way = Way.NONE
    choices: tuple[Choice, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All the citizen can read in it, as plain text."""
        rows = self.data.get("rows", ())
        labels = [choice.label for choice in self.choices] if self.kind == "msgmenu" else []
        parts = (
            self.data.get("title", ""),
            richtext.words(self.text),
            *(f"{label}：{value}" for label, value in rows),
            *labels,
            self.data.get("tail", ""),
        )
        return "\n".join(part for part in parts if part)


@dataclass(slots=True)
class Citizen:
    """One person with WeChat. `refusing` is the switch 「拒收消息」 of the account's page."""

    openid: str
    name: str
    following: bool = True
    refusing: bool = False
    subscriptions: set[str] = field(default_factory=set)
    bubbles: list[Bubble] = field(default_factory=list)
    quota: Quota = field(default_factory=Quota)
    touched_at: datetime | None = None
    typing_since: datetime | None = None

    def is_typed_to(self, now: datetime) -> bool:
        """Whether 「对方正在输入」 shows now."""
        return self.typing_since is not None and now < self.typing_since + TYPING

    def find_choice(self, choice_id: str, label: str = "") -> Choice:
        """The button with this id (and label) shown last; LookupError when there is none."""
        for bubble in reversed(self.bubbles):
            for choice in bubble.choices:
                if choice.id == choice_id and label in ("", choice.label):
                    return choice
        raise LookupError(f"no button {choice_id!r} was shown to this citizen")
