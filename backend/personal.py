"""What of a citizen is shown to whom: the one place that masks (脱敏).

Everything that staff and other platforms see is masked: 138****5678, 李**, the area and street of
a place. Who has to know more asks for it, and that is written down (accesses.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.orders.lifecycle import Event, Order
from backend.orders.store import Kept
from backend.redaction import EXACT, NUMBERS
from backend.transcript import Line

HIDDEN = "****"
_SHORTEST = 2
_TITLES = ("先生", "女士", "小姐", "同志", "阿姨", "师傅", "老师")


def phone(text: str) -> str:
    """138****5678; of a shorter number the last two digits are left."""
    plain = text.strip()
    if len(plain) < 7:
        return HIDDEN if plain else ""
    return f"{plain[:3]}{HIDDEN}{plain[-4:]}" if len(plain) > 9 else f"{HIDDEN}{plain[-2:]}"


def name(text: str) -> str:
    """李**, with the title if there is one: how somebody is called is no secret."""
    plain = text.strip()
    for title in _TITLES:
        if plain.endswith(title) and len(plain) > len(title):
            return f"{plain[0]}**{title}"
    return f"{plain[0]}**" if plain else ""


def spot(place: str, area: str = "", street: str = "") -> str:
    """Area and street of a place, and that there is more."""
    known = area + (street if street not in area else "")
    return f"{known}{HIDDEN}" if place else ""


@dataclass(frozen=True)
class Mask:
    """Hides what is known of somebody, and all mobile and identity numbers, in texts.

    Landlines are hidden where they are the person's own: others are those of shops and offices.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        names: Iterable[str] = (),
        phones: Iterable[str] = (),
        places: Iterable[str] = (),
    ) -> "Mask":
        """A mask of what is known; a title alone or a single character is no name."""
        known = {one: name(one) for one in names if len(_bare(one)) >= _SHORTEST}
        known |= {_bare(one): name(_bare(one)) for one in known}
        known |= {one.strip(): phone(one) for one in phones if len(one.strip()) >= 7}
        known |= {part: HIDDEN for place in places for part in EXACT.findall(place)}
        ordered = sorted(known.items(), key=lambda pair: -len(pair[0]))
        return cls(tuple(pair for pair in ordered if len(pair[0]) >= _SHORTEST))

    @classmethod
    def of_order(cls, order: Order) -> "Mask":
        """A mask of what an order knows of its citizen."""
        return cls.of([order.citizen_name], [order.contact], [order.place])

    def text(self, text: str) -> str:
        """The text as it may be shown."""
        for clear, hidden in self.pairs:
            text = text.replace(clear, hidden)
        return NUMBERS.sub(lambda found: phone(found[0]), text)

    def value(self, value: Any) -> Any:
        """The same for what JSON holds."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        return [self.value(one) for one in value] if isinstance(value, list | tuple) else value

    def data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data of an event, or the draft of an order."""
        masked: dict[str, Any] = self.value(data)
        for field, hide in (("citizen_name", name), ("person", name), ("contact", phone)):
            if data.get(field):
                masked[field] = hide(str(data[field]))
        if data.get("place"):
            masked["place"] = spot(data["place"], data.get("area") or "", data.get("street") or "")
        return masked

    def event(self, event: Event) -> Event:
        """An event as it may be shown."""
        return replace(event, data=self.data(event.data))

    def line(self, line: Line) -> Line:
        """A message of a chat as it may be shown."""
        choices = tuple(self.text(choice) for choice in line.choices)
        return replace(line, text=self.text(line.text), choices=choices)


PLAIN = Mask()
"""Hides numbers only, where nothing is known of whom a text is about."""


def _bare(name: str) -> str:
    """A name without its title."""
    plain = name.strip()
    for title in _TITLES:
        plain = plain.removesuffix(title)
    return plain


def masked(kept: Kept) -> Kept:
    """An order as it may be shown."""
    order, mask = kept.order, Mask.of_order(kept.order)
    return replace(
        kept,
        order=replace(
            order,
            citizen_name=name(order.citizen_name),
            contact=phone(order.contact),
            place=spot(order.place, order.area, order.street),
            occurred_at=mask.text(order.occurred_at),
            facts=mask.text(order.facts),
            demand=mask.text(order.demand),
            reply=mask.text(order.reply),
        ),
    )
