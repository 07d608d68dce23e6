"""How many customer-service messages (客服消息) an account may send a citizen, and until when.

Source: 客服消息下发规则, developers.weixin.qq.com. A message from the citizen opens 5 within 48
hours; a menu click, a tap on a message menu, a follow or a scan opens 3 within a minute. An
interaction of the same kind starts its count anew; the short grant is spent first.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from channels.simulator.error import Refused


class Interaction(Enum):
    """What a citizen did: how many messages it allows, and for how long."""

    MESSAGE = (5, timedelta(hours=48))
    CLICK = (3, timedelta(minutes=1))

    def grant(self, now: datetime) -> "Grant":
        """What this allows from now on."""
        count, period = self.value
        return Grant(count, now + period)


@dataclass(frozen=True, slots=True)
class Grant:
    """So many messages until then (exclusive)."""

    left: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of both grants."""

    message: Grant | None = None
    click: Grant | None = None

    def opened(self, interaction: Interaction, now: datetime) -> "Quota":
        """After the citizen did something."""
        if interaction is Interaction.MESSAGE:
            return replace(self, message=interaction.grant(now))
        return replace(self, click=interaction.grant(now))

    def spent(self, now: datetime) -> "Quota":
        """After one message; raises 45015 (window over) or 45047 (count used up)."""
        for name in ("click", "message"):
            grant: Grant | None = getattr(self, name)
            if grant and now < grant.until and grant.left > 0:
                return replace(self, **{name: replace(grant, left=grant.left - 1)})
        raise Refused(45047 if self.is_open(now) else 45015)

    def is_open(self, now: datetime) -> bool:
        """Whether the time of a grant still runs, whatever its count."""
        return any(grant and now < grant.until for grant in (self.message, self.click))

    def left(self, now: datetime) -> int:
        """How many messages may be sent now."""
        grants = (self.message, self.click)
        return sum(grant.left for grant in grants if grant and now < grant.until)
