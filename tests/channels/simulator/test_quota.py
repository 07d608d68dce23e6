"""The customer-service quota, against a model that only knows the published rule."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from channels.simulator.error import Refused
from channels.simulator.quota import Interaction, Quota

START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Opened:
    at: datetime
    sends: list[datetime] = field(default_factory=list)


class QuotaRules(RuleBasedStateMachine):
    """Whatever happens: never more than 5 in 48 h after a message plus 3 in 60 s after a click."""

    @initialize()
    def start(self) -> None:
        self.now, self.quota = START, Quota()
        self.message: Opened | None = None
        self.click: Opened | None = None

    @rule(seconds=st.sampled_from([0, 1, 59, 60, 61, 3600, 47 * 3600, 48 * 3600, 49 * 3600]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def citizen_writes(self) -> None:
        self.quota = self.quota.opened(Interaction.MESSAGE, self.now)
        self.message = Opened(self.now)

    @rule()
    def citizen_clicks(self) -> None:
        self.quota = self.quota.opened(Interaction.CLICK, self.now)
        self.click = Opened(self.now)

    @rule()
    def account_sends(self) -> None:
        running = self.running()
        room = [opened for opened, count in running if len(opened.sends) < count]
        if room:
            self.quota = self.quota.spent(self.now)
            room[0].sends.append(self.now)
            return
        with pytest.raises(Refused) as refused:
            self.quota.spent(self.now)
        assert refused.value.code == (45047 if running else 45015)

    @invariant()
    def left_is_what_can_be_sent(self) -> None:
        expected = sum(count - len(opened.sends) for opened, count in self.running())
        assert self.quota.left(self.now) == expected

    def running(self) -> list[tuple[Opened, int]]:
        both = ((self.click, 3, 60), (self.message, 5, 48 * 3600))
        return [
            (opened, count)
            for opened, count, seconds in both
            if opened and (self.now - opened.at).total_seconds() < seconds
        ]


TestQuotaRules = QuotaRules.TestCase
