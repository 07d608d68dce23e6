"""The ledger of what may still be sent, against a simple model of WeChat's two windows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import conversations
from backend.conversations import RESERVE, Conversation, Mode
from backend.message import Inbound, Kind, Window
from tests.backend.office import World

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MESSAGE = Window(5, 48 * 3600)
TAP = Window(3, 60)


@dataclass
class Pot:
    """A window as WeChat counts it."""

    left: int = 0
    until: datetime = START - timedelta(days=1)

    def open(self, window: Window, now: datetime) -> None:
        self.left, self.until = window.count, now + timedelta(seconds=window.seconds)

    def at(self, now: datetime) -> int:
        return self.left if now < self.until else 0


class Model:
    """Both windows; a message is taken from the one after a tap first."""

    def __init__(self) -> None:
        self.message, self.tap = Pot(), Pot()

    def open(self, window: Window | None, now: datetime) -> None:
        if window is not None:
            (self.tap if window is TAP else self.message).open(window, now)

    def spend(self, now: datetime) -> None:
        pot = self.tap if self.tap.at(now) else self.message
        pot.left = max(0, pot.left - 1)

    def exhaust(self) -> None:
        self.tap.left = self.message.left = 0

    def total(self, now: datetime) -> int:
        return self.tap.at(now) + self.message.at(now)


_waits = st.sampled_from(
    [0, 0, 0, 0, 1, 1, 30, 59, 60, 61, 3600, 48 * 3600 - 1, 48 * 3600, 50 * 3600]
)
_does = st.sampled_from(["message", "tap", "view", "spend", "spend", "spend", "exhausted"])


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(_waits, _does), max_size=20))
async def test_the_ledger_counts_as_wechat_does(
    world: World, happenings: list[tuple[int, str]]
) -> None:
    model, now = Model(), START
    async with world.database.transaction() as connection:
        chat = await conversations.lock(connection, _inbound(f"ledger{hash(tuple(happenings))}"))
        await conversations.exhausted(connection, chat.citizen_id)
        model.exhaust()
        for wait, does in happenings:
            now += timedelta(seconds=wait)
            chat = await conversations.lock_citizen(connection, chat.citizen_id)
            match does:
                case "spend":
                    await conversations.spend(connection, chat.citizen_id, now)
                    model.spend(now)
                case "exhausted":
                    await conversations.exhausted(connection, chat.citizen_id)
                    model.exhaust()
                case _:
                    window = {"message": MESSAGE, "tap": TAP}.get(does)
                    await conversations.save(connection, chat.opened(window, now), now)
                    model.open(window, now)
            chat = await conversations.lock_citizen(connection, chat.citizen_id)
            assert chat.allowance(now, reserved=True) == model.total(now)
            assert chat.allowance(now, reserved=False) == max(0, model.total(now) - RESERVE)


async def test_what_is_sent_after_a_tap_leaves_the_longer_window_whole(world: World) -> None:
    async with world.database.transaction() as connection:
        chat = await conversations.lock(connection, _inbound("tapped"))
        await conversations.save(connection, chat.opened(MESSAGE, START).opened(TAP, START), START)
        await conversations.spend(connection, chat.citizen_id, START)
        after = await conversations.lock_citizen(connection, chat.citizen_id)
    assert (after.tap_left, after.window_left) == (2, 5)


def test_a_new_chat_may_be_sent_nothing() -> None:
    assert _chat().allowance(START, reserved=True) == 0


def test_one_message_is_kept_for_the_outcome() -> None:
    chat = _chat().opened(Window(1, 48 * 3600), START)
    assert chat.allowance(START, reserved=False) == 0
    assert chat.allowance(START, reserved=True) == 1


def test_a_tap_leaves_the_longer_window_as_it_is() -> None:
    chat = _chat().opened(MESSAGE, START).opened(TAP, START)
    assert chat.allowance(START, reserved=True) == 8
    assert chat.allowance(START + timedelta(seconds=60), reserved=True) == 5
    assert chat.allowance(START + timedelta(hours=48), reserved=True) == 0


async def test_who_is_not_known_has_no_chat(world: World) -> None:
    async with world.database.transaction() as connection:
        assert await conversations.find(connection, 4711) is None


async def test_a_chat_comes_back_as_it_was_saved(world: World) -> None:
    async with world.database.transaction() as connection:
        chat = await conversations.lock(connection, _inbound("saved"))
        changed = _chat(
            citizen_id=chat.citizen_id,
            openid="saved",
            mode=Mode.WAITING,
            dialogue={"asking": "place", "options": [{"id": "x", "label": "取消"}]},
            waiting_since=START,
            waiting_reason="市民要求人工",
            backlog=True,
        ).opened(MESSAGE, START)
        await conversations.save(connection, changed, START)
        assert await conversations.find(connection, chat.citizen_id) == changed


def _inbound(openid: str) -> Inbound:
    return Inbound(f"key of {openid}", "wechat", openid, Kind.TEXT, START)


def _chat(**values: object) -> Conversation:
    nothing = {
        "citizen_id": 1,
        "channel": "wechat",
        "openid": "o",
        "mode": Mode.BOT,
        "dialogue": {},
        "agent_id": None,
        "waiting_since": None,
        "waiting_reason": "",
        "window_until": None,
        "window_left": 0,
        "tap_until": None,
        "tap_left": 0,
        "name": "",
        "phone": "",
        "following": True,
        "surveys_wanted": True,
    }
    return Conversation(**nothing | values)  # type: ignore[arg-type]
