"""Column types whose values lie sealed in the database (backend/sealing.py)."""

import re
from typing import Any

import msgspec
from sqlalchemy import Dialect, Text, TypeDecorator
from sqlalchemy.sql import operators

from backend import sealing
from backend.database import Unstorable

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 as JSON writes it, and not a backslash before the letters u0000."""
_EMPTY: tuple[Any, ...] = ({}, [])


class _NotComparable(TypeDecorator.Comparator[Any]):
    """PostgreSQL sees no words here: only whether there are any can be asked of it."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        if op in (operators.eq, operators.ne) and other == ("",):
            return super().operate(op, *other, **kwargs)
        if op in (operators.is_, operators.is_not) and other == (None,):
            return super().operate(op, *other, **kwargs)
        raise TypeError("a sealed column is compared and sorted in Python, or by a blind index")


class Sealed(TypeDecorator[str]):
    """A text, sealed for its place `table.column`."""

    impl = Text
    cache_ok = True
    comparator_factory = _NotComparable

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal it. Raises Unstorable for what the other columns would not take either."""
        if value is None:
            return None
        if "\0" in value:
            raise Unstorable
        return sealing.seal(value, self.place)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open it."""
        return None if value is None else sealing.unseal(value, self.place)


class SealedJson(TypeDecorator[Any]):
    """A value of JSON, sealed for its place; an empty object or list stays as it is."""

    impl = Text
    cache_ok = True
    comparator_factory = _NotComparable

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Seal it. Raises Unstorable for what JSONB would not take either."""
        if value is None:
            return None
        text = msgspec.json.encode(value).decode()
        if _NUL.search(text):
            raise Unstorable
        return text if value in _EMPTY else sealing.seal(text, self.place)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Open it."""
        return None if value is None else msgspec.json.decode(sealing.unseal(value, self.place))
