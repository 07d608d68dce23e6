"""What WeChat makes of the text of a message: links, buttons of a message menu, numbers to dial.

WeChat knows `<a href="...">` in texts and nothing else of HTML; whatever else looks like markup
is shown as it stands.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from backend.message import Choice

_ANCHOR = re.compile(
    r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL
)
_BARE = re.compile(
    r"https?://[^\s\u3000-\u303f\uff00-\uffef\"'<>]+"
    r"|(?<![\d-])(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}|12345)(?![\d-])"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text: plain, or a link to `href`, or the button `tap`."""

    text: str
    href: str = ""
    tap: Choice | None = None


def segments(text: str) -> tuple[Segment, ...]:
    """The text cut where something in it can be tapped."""
    return tuple(segment for segment in _anchors(text) if segment.text)


def choices(text: str) -> tuple[Choice, ...]:
    """The message-menu buttons (`weixin://bizmsgmenu`) in a text."""
    return tuple(segment.tap for segment in segments(text) if segment.tap)


def words(text: str) -> str:
    """The text as the citizen reads it, without the markup of links."""
    return "".join(segment.text for segment in segments(text))


def _anchors(text: str) -> Iterator[Segment]:
    end = 0
    for anchor in _ANCHOR.finditer(text):
        yield from _bare(text[end : anchor.start()])
        yield _linked(html.unescape(anchor[1] or anchor[2] or ""), anchor[3])
        end = anchor.end()
    yield from _bare(text[end:])


def _bare(text: str) -> Iterator[Segment]:
    end = 0
    for found in _BARE.finditer(text):
        yield Segment(text[end : found.start()])
        link = found[0] if found[0].startswith("http") else f"tel:{found[0]}"
        yield Segment(found[0], href=link)
        end = found.end()
    yield Segment(text[end:])


def _linked(href: str, label: str) -> Segment:
    if href.startswith("weixin://bizmsgmenu"):
        query = parse_qs(urlsplit(href).query, keep_blank_values=True)
        content = query.get("msgmenucontent", [label])[0]
        return Segment(label, tap=Choice(query.get("msgmenuid", [""])[0], content))
    if href.startswith(("http://", "https://", "tel:")):
        return Segment(label, href=href)
    return Segment(label)
