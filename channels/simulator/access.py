"""Access tokens: how they are given out, how long they live, and when they are refused.

Source: getStableAccessToken and getAccessToken, developers.weixin.qq.com.
"""

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.clock import Clock, city_time
from channels.simulator.error import Refused

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
"""stable_token renews this early; an older token lives on this long after a renewal."""
FORCE_PAUSE = timedelta(seconds=30)
"""A forced refresh sooner than this after the last one gives the same token again."""
FORCES_A_DAY = 20


@dataclass(slots=True)
class AccessTokens:
    """The tokens of one account. The stable one and the plain one do not disturb each other."""

    clock: Clock
    expiry: dict[str, datetime] = field(default_factory=dict)
    stable: str = ""
    plain: str = ""
    forced: list[datetime] = field(default_factory=list)

    def get_stable(self, *, force: bool = False) -> tuple[str, int]:
        """The stable token and the seconds it still lives (300 at least)."""
        if force and self._may_force():
            self.expiry.pop(self.stable, None)
            self.forced.append(self.clock.now())
            self.stable = self._issue()
        elif self._life(self.stable) <= OVERLAP:
            self.stable = self._issue()
        return self.stable, math.ceil(self._life(self.stable).total_seconds())

    def get_plain(self) -> tuple[str, int]:
        """A new plain token and its life in seconds; the one before it lives 5 minutes more."""
        if self.plain in self.expiry:
            soon = self.clock.now() + OVERLAP
            self.expiry[self.plain] = min(self.expiry[self.plain], soon)
        self.plain = self._issue()
        return self.plain, int(LIFE.total_seconds())

    def check(self, token: str | None) -> None:
        """Raise what WeChat says of a token that is missing, malformed, unknown or expired."""
        if token is None:
            raise Refused(41001)
        if not token or len(token) > 512:
            raise Refused(40014)
        if token not in self.expiry:
            raise Refused(40001)
        if self._life(token) <= timedelta():
            raise Refused(42001)

    def expire(self) -> None:
        """Let every token be over now, as if two hours had passed."""
        self.expiry = dict.fromkeys(self.expiry, self.clock.now())

    def _may_force(self) -> bool:
        now = self.clock.now()
        today = [when for when in self.forced if city_time(when).date() == city_time(now).date()]
        if len(today) >= FORCES_A_DAY:
            raise Refused(45009)
        return not today or now - today[-1] >= FORCE_PAUSE

    def _issue(self) -> str:
        token = f"SIM_{secrets.token_urlsafe(60)}"
        self.expiry[token] = self.clock.now() + LIFE
        return token

    def _life(self, token: str) -> timedelta:
        ends = self.expiry.get(token)
        return ends - self.clock.now() if ends else timedelta()
