"""What counts as the expected end of a dialogue."""

import pytest

from tests.held_out.talk import fits


@pytest.mark.parametrize(
    ("got", "how", "value", "expected"),
    [
        (None, "lacks", "昨晚", True),
        (None, "contains", "昨晚", False),
        (None, "is", "", True),
        (None, "is", False, True),
        ("板塘派出所旁", "contains", ["板塘", "派出所"], True),
        ("板塘派出所旁", "lacks", ["书院路"], True),
        ("投诉", "is", ["求助", "投诉"], True),
    ],
)
def test_a_field_without_a_value_is_empty(
    got: object, how: str, value: object, *, expected: bool
) -> None:
    assert fits(got, how, value) is expected
