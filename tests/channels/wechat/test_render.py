import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Choice, Reply
from channels.wechat import render
from channels.wechat.xml import legal

LINK = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&]*)&msgmenuid=([^"&]*)">(\d+)\. ([^<]*)</a>'
)
SOLVED = (Choice("solved:17", "解决了"), Choice("unsolved:17", "没解决"))

TEXTS = st.text(
    st.one_of(st.sampled_from("。！？\n，、 路灯坏了abc.😀]]>\ud83d\x1d"), st.characters()),
    max_size=60,
).flatmap(lambda seed: st.integers(1, 200).map(lambda times: seed * times))
CHOICES = st.lists(
    st.builds(Choice, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=400)),
    max_size=12,
).map(tuple)
REPLIES = st.builds(Reply, TEXTS, CHOICES, TEXTS)


def size(text: str) -> int:
    return len(text.encode())


def test_choices_of_a_passive_answer_are_links_under_the_text() -> None:
    text = render.passive(Reply("请问解决了吗？", SOLVED, "回复数字也可以"))
    first, second, third, last = text.split("\n")
    assert (first, last) == ("请问解决了吗？", "回复数字也可以")
    assert LINK.fullmatch(second).groups() == ("解决了", "solved%3A17", "1", "解决了")  # type: ignore[union-attr]
    assert LINK.fullmatch(third).groups() == ("没解决", "unsolved%3A17", "2", "没解决")  # type: ignore[union-attr]


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_a_link_says_its_label_and_id_whatever_is_in_them(label: str, choice_id: str) -> None:
    choice = Choice(legal(choice_id).strip() or "x", legal(label).strip() or "x")
    match = LINK.fullmatch(render.passive(Reply("", (choice,))))
    assert match
    assert unquote(match[1]) == choice.label
    assert unquote(match[2]) == choice.id


def test_without_menus_choices_are_numbered_lines() -> None:
    assert render.numbered(Reply("请选择", SOLVED, "谢谢")) == "请选择\n1. 解决了\n2. 没解决\n谢谢"


def test_the_menu_of_a_customer_service_message() -> None:
    assert render.menu(Reply("请选择", SOLVED, "谢谢")) == {
        "head_content": "请选择",
        "list": [
            {"id": "solved:17", "content": "解决了"},
            {"id": "unsolved:17", "content": "没解决"},
        ],
        "tail_content": "谢谢",
    }


@given(REPLIES)
def test_every_part_fits_and_nothing_is_lost(reply: Reply) -> None:
    parts = render.split(reply)
    for part in parts:
        assert size(render.passive(part)) <= render.LIMIT
        assert size(render.numbered(part)) <= render.LIMIT
        assert size("".join([*(c.label for c in part.choices), part.text, part.tail])) <= 2048
    said = "".join(part.text + part.tail for part in parts)
    assert re.sub(r"\s", "", said) == re.sub(r"\s", "", legal(reply.text + reply.tail))
    assert [choice.id for choice in parts[-1].choices] == [choice.id for choice in reply.choices]
    assert not any(part.choices or not part.text for part in parts[:-1])


def test_a_short_reply_is_one_part() -> None:
    reply = Reply("路灯已经登记。", SOLVED, "谢谢")
    assert render.split(reply) == [reply]


def test_cuts_after_a_sentence() -> None:
    sentence = "请携带身份证原件到街道便民服务中心办理，工作日上午九点到十二点受理。"
    parts = render.split(Reply(sentence * 60, SOLVED))
    assert len(parts) == 4
    assert all(part.text.endswith("。") for part in parts)
    assert [part.choices for part in parts] == [(), (), (), SOLVED]


def test_does_not_cut_in_an_address() -> None:
    text = "详见 https://12345.example.gov.cn/a?b=1;c=2!d 。"
    parts = render.split(Reply(text * 50))
    assert all(part.text.count("https://") == part.text.count("!d") for part in parts)


def test_cuts_between_characters_when_there_is_no_sentence_end() -> None:
    parts = render.split(Reply("路" * 2000))
    assert [len(part.text) for part in parts] == [682, 682, 636]


def test_a_reply_that_just_fits_without_its_choices_is_cut_for_them() -> None:
    parts = render.split(Reply("路灯。" * 227, SOLVED))
    assert len(parts) == 2
    assert parts[1].choices == SOLVED


def test_labels_that_are_too_long_together_are_shortened() -> None:
    choices = tuple(Choice(str(n), "如何办理" * 60) for n in range(10))
    last = render.split(Reply("您想问的是哪一个？", choices))[-1]
    assert all(choice.label.endswith("…") for choice in last.choices)


@pytest.mark.parametrize("reply", [Reply(""), Reply("\x1d"), Reply("", SOLVED)])
def test_a_reply_without_words_is_one_part(reply: Reply) -> None:
    assert len(render.split(reply)) == 1
