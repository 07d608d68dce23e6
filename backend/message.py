"""What flows: a message in, a reply out, and what a channel says of a sending."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What came in, whatever the channel calls it."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    CARD = "card"
    EVENT = "event"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a message ended; every message has exactly one (docs/design.md sections 7 and 12)."""

    ANSWERED = "answered"
    CHOICES = "choices"
    ASKED = "asked"
    ORDER = "order"
    HANDOFF = "handoff"
    REDIRECTED = "redirected"
    DANGER = "danger"
    COMMAND = "command"
    SURVEY = "survey"
    AGENT = "agent"
    INVALID = "invalid"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Location:
    """A place the citizen shared: degrees (GCJ-02 in WeChat), and the name the map gave it."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, voice or video the citizen sent, as the channel names it."""

    kind: str
    media_id: str
    url: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How many messages an interaction lets us send, and for how long (seconds)."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or event from a citizen.

    `key` identifies it across retries. `text` is what was said in words ('' when nothing was);
    `tap` is the id of a button or menu item that was pressed; `event` names an event
    (`subscribe`, `unsubscribe`, `scan`, `click`, `view`, `location`, `template_result`, ...).
    """

    key: str
    channel: str
    openid: str
    kind: Kind
    received_at: datetime
    text: str = ""
    tap: str = ""
    event: str = ""
    attachment: Attachment | None = None
    location: Location | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    window: Window | None = None


DIAL = "tel:"
"""A choice with such an id dials the number behind it where a tap can, and says nothing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `id` comes back as `Inbound.tap`, `label` is what the citizen reads."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Words to a citizen in an open chat, with buttons under them if there are choices.

    `page` is what they are about (`order:NUMBER`): a link to its page stands under them where the
    channel can show one. Only what goes out holds the address, which opens the page to anybody.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    tail: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A template message: reaches the citizen when the chat window is over.

    `template` is our name of it (settings map it to the account's template id), `fields` its
    values, `url` the page a tap opens.
    """

    template: str
    fields: Mapping[str, str]
    url: str = ""


Body = Reply | Notice


class Verdict(StrEnum):
    """What became of one attempt to send, and so what to do next (docs/design.md section 5)."""

    SENT = "sent"
    RETRY = "retry"
    """Try this rung again later (busy, network, rate)."""
    NEXT = "next"
    """This way is closed for this citizen now (window over, not subscribed): next rung."""
    FAILED = "failed"
    """The request itself is wrong: no retry, tell the operator."""
    OPERATOR = "operator"
    """The account is misconfigured: keep the message, retry slowly, tell the operator."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The answer of a channel to one attempt: `code` is the platform's error code as text."""

    verdict: Verdict
    code: str = ""
    detail: str = ""


class Channel(Protocol):
    """What the backend and the bot need of a channel; implemented in channels/."""

    name: str

    def split(self, reply: Reply) -> list[Reply]:
        """Cut a reply into parts that each fit one message of this channel."""
        ...

    async def send(self, openid: str, body: Body, *, dedup: str) -> Sending:
        """Send actively (not as the answer to a request); `dedup` stays the same on a retry."""
        ...

    async def typing(self, openid: str) -> None:
        """Show the citizen that an answer is coming; never raises."""
        ...

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content of what a citizen sent; raises when it cannot be had now."""
        ...
