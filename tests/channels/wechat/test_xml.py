import xml.etree.ElementTree as ET
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.errors import BadMessage
from channels.wechat.xml import legal, read, write

HOSTILE = st.lists(
    st.one_of(st.sampled_from(["]]>", "]]", "<![CDATA[", "&", "\x1d", "\ud800"]), st.characters())
).map("".join)


def newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(HOSTILE)
def test_any_text_survives_a_foreign_parser(text: str) -> None:
    document = write({"Content": text, "CreateTime": 7})
    root = ET.fromstring(document)
    assert root.findtext("Content", "") == newlines(legal(text))
    assert root.findtext("CreateTime") == "7"


@given(HOSTILE)
def test_any_text_survives_our_own_parser(text: str) -> None:
    assert read(write({"Content": text, "A": 1})).text("Content") == newlines(legal(text)).strip()


def test_strips_the_control_characters_that_wechat_really_sends() -> None:
    text = "\x1d路\x00灯\x0b\uffff"
    assert (
        read(f"<xml><Content><![CDATA[{text}]]></Content></xml>".encode()).text("Content") == "路灯"
    )


def test_one_broken_byte_costs_one_character() -> None:
    assert read(b"<xml><Content>\xe8\xb7\xaf\xff\xe7\x81\xaf</Content></xml>").text("Content") == (
        "路\ufffd灯"
    )


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE xml [<!ENTITY a "aaaa">]><xml><Content>&a;</Content></xml>',
        '<?xml version="1.0"?><!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><A>1</A></xml>',
        '<!-- <xml> --><!DOCTYPE xml [<!ENTITY a "a">]><xml><A>&a;</A></xml>',
        '<?pi <xml > ?><!DOCTYPE xml [<!ENTITY a "a">]><xml><A>&a;</A></xml>',
        '<xml><!DOCTYPE xml [<!ENTITY a "a">]><A>&a;</A></xml>',
        "<xml><A>&undefined;</A></xml>",
    ],
)
def test_no_doctype_and_no_entity_gets_in(document: str) -> None:
    with pytest.raises(BadMessage):
        read(document)


def test_a_citizen_may_write_the_word_doctype() -> None:
    text = '<!DOCTYPE html> 和 <!ENTITY a "b"> 是什么？'
    assert read(write({"Content": text, "A": 1})).text("Content") == text


@pytest.mark.parametrize(
    "document",
    [b"", b" ", b"{}", b"<xml>", b"<xml/>", b"<xml></xml>", b"<xml>text</xml>", b"<html></html>"],
)
def test_what_is_no_document_is_a_bad_message(document: bytes) -> None:
    with pytest.raises(BadMessage):
        read(document)


def test_children_twice_or_with_children_are_no_text() -> None:
    element = read("<xml><A>1</A><A>2</A><B><C>3</C></B><D/></xml>")
    for name in "AB":
        with pytest.raises(BadMessage):
            element.text(name)
    assert element.text("D") == element.text("E") == ""
    with pytest.raises(BadMessage):
        element.required("D")


@given(st.binary())
def test_bytes_of_any_kind_are_read_or_bad(body: bytes) -> None:
    with suppress(BadMessage):
        read(body)


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    deep = 8000
    assert read("<xml>" + "<a>" * deep + "</a>" * deep + "<B>1</B></xml>").text("B") == "1"
