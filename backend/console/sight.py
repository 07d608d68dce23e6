"""Whether a chat is open in clear: asked for once, it holds for the parts of that page."""

from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from backend.console.context import MEMBER, services
from backend.conversations import Conversation

LASTS = timedelta(minutes=10)
"""A page that is open longer hides again what it showed; whoever still needs it asks again."""
_PURPOSE = "clear"


@dataclass(frozen=True, slots=True)
class Sight:
    """How much a page shows; `keep` goes into the addresses of its parts."""

    clear: bool = False
    keep: dict[str, str] = field(default_factory=dict)

    @classmethod
    def clear_for(cls, request: web.Request, chat: Conversation) -> "Sight":
        """The sight of a page on which the citizen was asked for, and which was written down."""
        until = (services(request).clock.now() + LASTS).timestamp()
        ticket = services(request).signer.sign(_PURPOSE, f"{_whose(request, chat)} {until:.0f}")
        return cls(True, {_PURPOSE: ticket})

    @classmethod
    def of(cls, request: web.Request, chat: Conversation) -> "Sight":
        """The sight of a part of such a page, or of any other: masked."""
        ticket = request.query.get(_PURPOSE, "")
        said = services(request).signer.read(_PURPOSE, ticket) if ticket else None
        whose, _, until = (said or "").rpartition(" ")
        if whose != _whose(request, chat) or services(request).clock.now().timestamp() > int(until):
            return cls()
        return cls(True, {_PURPOSE: ticket})


def _whose(request: web.Request, chat: Conversation) -> str:
    return f"{request[MEMBER].id} {chat.citizen_id}"
