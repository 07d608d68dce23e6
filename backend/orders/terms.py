"""By what orders are found: their pairs of neighbouring characters, each as a keyed number.

They stand in a tsvector beside each order (table order_search), as the texts themselves are sealed
and PostgreSQL cannot read them. Whoever has the database alone sees which orders share pairs, and
none of the pairs. Pairs need no dictionary: any two characters that stand together are found.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import pairwise

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from backend.database import Connection
from backend.orders.lifecycle import Order
from backend.sealing import blind_terms
from backend.tables import order_search

MOST_PAIRS = 500
"""Pairs of one order; what comes after them is not found."""
FIELDS = ("facts", "demand", "place", "reply", "category", "unit")
RUN = re.compile(r"[^\W_]+")
"""Characters that stand together: letters and digits of any script."""


def normal(text: str) -> str:
    """A text as it is compared: widths and case evened out."""
    return unicodedata.normalize("NFKC", text).lower()


def said(order: Order) -> str:
    """All that an order may be found by."""
    return " ".join(normal(getattr(order, name)) for name in FIELDS)


def pairs(runs: Iterable[str]) -> list[str]:
    """Their pairs of neighbouring characters, each once."""
    return list(dict.fromkeys(a + b for run in runs for a, b in pairwise(run)))


def lexemes(runs: Iterable[str]) -> list[str]:
    """The pairs of some runs as the database knows them: 24 bits of a number, in 4 characters."""
    numbers = blind_terms(pairs(runs)[:MOST_PAIRS])
    return [b64encode((number & 0xFFFFFF).to_bytes(3)).decode() for number in numbers]


async def index(connection: Connection, known: Sequence[tuple[int, Order]]) -> None:
    """Let orders be found, by their ids, by what they say now."""
    ids = [order_id for order_id, _ in known]
    lines = [" ".join(lexemes(RUN.findall(said(order)))) for _, order in known]
    given = func.unnest(cast(ids, ARRAY(BigInteger)), cast(lines, ARRAY(Text)))
    rows = given.table_valued("order_id", "line").render_derived()
    terms = func.array_to_tsvector(func.string_to_array(rows.c.line, " "))
    statement = insert(order_search).from_select(
        ["order_id", "terms"], select(rows.c.order_id, terms)
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id"], set_={"terms": statement.excluded.terms}
        )
    )
