"""What of a text can be tapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Choice
from channels.simulator import richtext
from channels.simulator.richtext import Segment

MENU = '<a href="weixin://bizmsgmenu?msgmenucontent=%E4%B8%8D%E6%BB%A1%E6%84%8F&amp;msgmenuid=s0">不</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", (Segment("你好"),)),
        ("<b>粗</b>", (Segment("<b>粗</b>"),)),
        (MENU, (Segment("不", tap=Choice("s0", "不满意")),)),
        ("<a href='https://x.cn/a?b=1'>看</a>", (Segment("看", href="https://x.cn/a?b=1"),)),
        ('<a href="javascript:alert(1)">点</a>', (Segment("点"),)),
        ('<a href="tel:119">打119</a>', (Segment("打119", href="tel:119"),)),
        (
            "见https://x.cn/y。打12345",
            (
                Segment("见"),
                Segment("https://x.cn/y", href="https://x.cn/y"),
                Segment("。打"),
                Segment("12345", href="tel:12345"),
            ),
        ),
        ("工单20231234512345678", (Segment("工单20231234512345678"),)),
    ],
)
def test_segments(text: str, expected: tuple[Segment, ...]) -> None:
    assert richtext.segments(text) == expected


@given(st.text().filter(lambda text: "<a" not in text.lower()))
def test_text_without_links_is_shown_as_it_is(text: str) -> None:
    assert richtext.words(text) == text
