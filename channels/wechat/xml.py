"""WeChat's XML: a root named `xml` with a few children, read with care and written escaped."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from channels.wechat.errors import BadMessage

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_START = re.compile(r"\ufeff?\s*(?:<\?xml[^<>]*\?>\s*)?<xml[\s>/]")


@dataclass(frozen=True, slots=True)
class Element:
    """The children of an XML element."""

    children: Mapping[str, Any]

    def text(self, name: str) -> str:
        """The text of a child, '' if it is empty or missing.

        Raises BadMessage if there are several of that name, or if it has children itself.
        """
        value = self.children.get(name) or ""
        if not isinstance(value, str):
            raise BadMessage("field")
        return value

    def required(self, name: str) -> str:
        """The text of a child; raises BadMessage if it is empty or missing."""
        value = self.text(name)
        if not value:
            raise BadMessage("field")
        return value

    def inner(self, name: str) -> list["Element"]:
        """All children of that name that have children themselves."""
        value = self.children.get(name)
        values = value if isinstance(value, list) else [value]
        return [Element(item) for item in values if isinstance(item, dict)]

    def flat(self) -> Iterator[tuple[str, str]]:
        """Names and texts of the children and grandchildren."""
        for name, value in self.children.items():
            if isinstance(value, str):
                yield name, value
            elif isinstance(value, dict):
                yield from ((n, v) for n, v in value.items() if isinstance(v, str))


def legal(text: str) -> str:
    """`text` without what XML 1.0 forbids; phones really send U+001D, and no parser takes it."""
    return _ILLEGAL.sub("", text)


def read(document: bytes | str) -> Element:
    """The root element of a document from WeChat; raises BadMessage if it is anything else.

    A document must begin with its root, which leaves no place for a DOCTYPE and its entities. A
    byte that is not UTF-8 costs its character only: the rest of the message still counts.
    """
    text = document.decode(errors="replace") if isinstance(document, bytes) else document
    if not _START.match(text):
        raise BadMessage("prolog")
    try:
        root = xmltodict.parse(legal(text.lstrip("\ufeff")), xml_attribs=False)["xml"]
    except (ExpatError, ValueError, KeyError):
        raise BadMessage("xml") from None
    if not isinstance(root, dict):
        raise BadMessage("empty")
    return Element(root)


def write(fields: Mapping[str, str | int]) -> str:
    """A document with these children; any text is read back the same, less what XML forbids."""
    children = (f"<{name}>{_value(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{''.join(children)}</xml>"


def _value(value: str | int) -> str:
    return cdata(value) if isinstance(value, str) else str(value)


def cdata(text: str) -> str:
    """`text` in CDATA; a `]]>` within is spread over two sections, for it would end the first."""
    return f"<![CDATA[{legal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
