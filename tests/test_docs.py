"""What the docs say of the code is so."""

from pathlib import Path

import pytest

from backend.orders.lifecycle import STEPS
from config.commands.orders import _row
from config.starter import DEMO_PASSWORD, DEMO_STAFF

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("kind", STEPS)
def test_the_table_of_steps_is_the_one_of_the_code(kind: str) -> None:
    row = _row(kind, STEPS[kind])
    cells = [f"`{kind}`", *(row[name] or "–" for name in ("name", "stage", "since", "to"))]
    line = f"| {' | '.join(cells)} | {row['who']} | {row['needs'] or '–'} |"
    assert line in (DOCS / "orders.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_newcomer_reads_every_login_of_the_demonstration(name: str) -> None:
    text = (DOCS.parent / name).read_text(encoding="utf-8")
    for login, who, role, unit in DEMO_STAFF:
        assert f"{login:10} {DEMO_PASSWORD}   {who} {role} {unit}".rstrip() in text
