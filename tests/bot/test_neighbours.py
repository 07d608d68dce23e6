"""How well near matters are told alike: precision first, on matters that nothing was fitted on."""

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from backend.orders.nearness import Clustering, Matter, near
from bot.neighbours import ALIKE
from bot.understanding.encoder import SentenceEncoder

SETS = yaml.safe_load((Path(__file__).parent / "matters.yml").read_text(encoding="utf-8"))


def told(name: str) -> list[tuple[str, Matter]]:
    """Matters of a set with the name of what they are about; all in one area."""
    return [
        (f"{category} {row[0]}", Matter("投诉", "雨湖区", row[2], row[1], row[3]))
        for category, rows in SETS[name].items()
        for row in rows
    ]


@pytest.mark.parametrize(
    ("name", "pairs", "truly", "found"), [("tuned", 465, 18, 13), ("sealed", 1128, 25, 13)]
)
def test_what_is_taken_for_the_same_is_the_same(
    name: str, pairs: int, truly: int, found: int
) -> None:
    rows = told(name)
    vectors = SentenceEncoder().encode([matter.bare for _, matter in rows])
    alike = vectors @ vectors.T >= ALIKE
    same = [
        (one[0] == other[0], bool(near(one[1], other[1], Clustering()) and alike[i, j]))
        for (i, one), (j, other) in combinations(enumerate(rows), 2)
    ]
    assert (len(same), sum(is_same for is_same, _ in same)) == (pairs, truly)
    assert sum(is_same and taken for is_same, taken in same) >= found
    assert not [pair for pair in same if pair[1] and not pair[0]]
