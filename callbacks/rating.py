"""What a citizen can answer: the three ratings, the reasons, and the buttons that say them."""

from collections.abc import Mapping
from enum import StrEnum

from backend.message import Choice


class Rating(StrEnum):
    """How the handling of an order was; the wording of the published bulletins."""

    SATISFIED = "满意"
    BASIC = "基本满意"
    DISSATISFIED = "不满意"


UNRATED = "未评价"
"""What stands on an order whose citizen gave no rating; left out of the satisfaction rate."""

KEYS: Mapping[str, Rating] = {
    "satisfied": Rating.SATISFIED,
    "basic": Rating.BASIC,
    "dissatisfied": Rating.DISSATISFIED,
}
"""The ratings as they stand in button ids: `survey:TOKEN:KEY`."""

REASONS = ("问题没解决", "处理太慢", "态度不好", "与事实不符", "其他")
"""Why not, for one tap: `survey:TOKEN:why:N`, N from 1."""

OTHER = REASONS[-1]
"""The reason that asks for words of one's own."""


def rating_choices(token: str) -> tuple[Choice, ...]:
    """The three buttons under the question."""
    return tuple(Choice(f"survey:{token}:{key}", rating) for key, rating in KEYS.items())


def reason_choices(token: str) -> tuple[Choice, ...]:
    """One button a reason."""
    return tuple(Choice(f"survey:{token}:why:{n}", why) for n, why in enumerate(REASONS, 1))
