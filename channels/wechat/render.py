"""A Reply becomes the words and buttons that WeChat shows, cut to what one message holds."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from backend.message import DIAL, Choice, Reply
from channels.wechat.xml import legal

LIMIT = 2048
"""Bytes of UTF-8 in one text message."""

_BUTTONS_LIMIT = LIMIT // 2
_TAIL_LIMIT = LIMIT // 4

_SENTENCE_END = re.compile(r"[。！？；…\n]+[”’」』）】]*|[.!?;](?=\s)")
_PAUSE = re.compile(r"[，、：\s]")

_PAGE_ROOM = 512
"""Bytes for a link to a page, which is not known yet when a reply is split."""


def passive(reply: Reply) -> str:
    """The text of a direct answer: choices are links that answer when tapped.

    A passive answer costs nothing of the count of customer-service messages, but only those may
    carry a real message menu. The links come back just like its buttons.
    """
    return _joined(reply.text, _buttons(reply.choices), reply.tail, _page(reply.page))


def numbered(reply: Reply) -> str:
    """The text for an account that may not send menus: choices are numbered lines."""
    return _joined(reply.text, _lines(reply.choices), reply.tail, _page(reply.page))


def menu(reply: Reply) -> dict[str, Any]:
    """The `msgmenu` of a customer-service message, which knows no links."""
    return {
        "head_content": legal(reply.text),
        "list": [{"id": choice.id, "content": legal(choice.label)} for choice in reply.choices],
        "tail_content": legal(reply.tail),
    }


def split(reply: Reply) -> list[Reply]:
    """Parts that each fit one message however they are rendered; the choices are on the last.

    Cuts after a sentence where it can, else after a pause, else between two characters. Labels
    too long to stand together in one message are shortened.
    """
    text, tail = legal(reply.text).strip(), legal(reply.tail).strip()
    if _size(tail) > _TAIL_LIMIT:
        text, tail = f"{text}\n{tail}", ""
    last = Reply("", _fitting(reply.choices), tail, reply.page)
    room = LIMIT - _size(passive(last)) - 1 - (_PAGE_ROOM if reply.page else 0)
    parts = []
    while _size(text) > room:
        head, text = _cut(text, LIMIT if _size(text) > LIMIT else room)
        parts.append(Reply(head))
    return [*(part for part in parts if part.text), replace(last, text=text)]


def _cut(text: str, limit: int) -> tuple[str, str]:
    window = text.encode()[:limit].decode(errors="ignore")
    for mark in (_SENTENCE_END, _PAUSE):
        ends = [match.end() for match in mark.finditer(window)]
        if ends:
            return text[: ends[-1]].rstrip(), text[ends[-1] :].lstrip()
    return window, text[len(window) :]


def _fitting(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if _size(_lines(choices)) <= _BUTTONS_LIMIT:
        return choices
    room = max(_BUTTONS_LIMIT // len(choices) - len("999. \n"), 4)
    return tuple(replace(choice, label=_clip(choice.label, room)) for choice in choices)


def _clip(label: str, limit: int) -> str:
    label = legal(label)
    if _size(label) <= limit:
        return label
    return label.encode()[: limit - _size("…")].decode(errors="ignore") + "…"


def _buttons(choices: tuple[Choice, ...]) -> str:
    links = "\n".join(_link(number, choice) for number, choice in enumerate(choices, 1))
    return links if _size(links) <= _BUTTONS_LIMIT else _lines(choices)


def _lines(choices: tuple[Choice, ...]) -> str:
    return "\n".join(f"{n}. {legal(choice.label)}" for n, choice in enumerate(choices, 1))


def _link(number: int, choice: Choice) -> str:
    label = legal(choice.label)
    if choice.id.startswith(DIAL):
        return f'<a href="{choice.id}">{number}. {label}</a>'
    address = f"weixin://bizmsgmenu?msgmenucontent={_quoted(label)}&msgmenuid={_quoted(choice.id)}"
    shown = label.replace("<", "＜").replace(">", "＞")
    return f'<a href="{address}">{number}. {shown}</a>'


def _page(address: str) -> str:
    return f'<a href="{quote(address, safe="/:?=&%")}">查看工单详情</a>' if address else ""


def _quoted(text: str) -> str:
    """Percent-encoded as far as needed: Chinese stays readable and takes a third of the room."""
    return "".join(quote(char, safe="") if char.isascii() else char for char in text)


def _joined(*blocks: str) -> str:
    return "\n".join(legal(block) for block in blocks if block)


def _size(text: str) -> int:
    return len(text.encode())
