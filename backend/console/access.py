"""Which orders and knowledge entries a member of staff may see: checked where they are fetched."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend import personal
from backend.clock import Month
from backend.console.context import may
from backend.database import Connection
from backend.knowledge import store as knowledge
from backend.knowledge.entry import Entry
from backend.knowledge.entry import Unknown as NoEntry
from backend.orders import board, listing, store, worklists
from backend.orders.board import Light, Moments
from backend.orders.lifecycle import State
from backend.orders.listing import Wanted
from backend.orders.store import Kept, Unknown
from backend.orders.worklists import GivenBack, Scope, Worklist
from backend.staff import Member, Role

NO_ENTRY = "没有这条知识"
SECRET = "（市民要求保密）"


async def order(connection: Connection, member: Member, number: str) -> Kept:
    """An order that `member` may see, masked. Raises Unknown for all others, as if they did not
    exist."""
    return view(await whole(connection, member, number), member)


async def whole(connection: Connection, member: Member, number: str) -> Kept:
    """The same with all its personal data, to work with; what is shown goes through `view`."""
    kept = await store.find(connection, number)
    if not shown(kept, member):
        raise Unknown(f"没有编号为 {kept.number} 的工单")
    return kept


def may_clear(member: Member, kept: Kept) -> bool:
    """Whether `member` may see who the citizen is; that of a confidential order no unit may."""
    if member.role is Role.HANDLER and kept.order.confidential:
        return False
    return may(member, "personal.read") and shown(kept, member)


def view(kept: Kept, member: Member) -> Kept:
    """An order as `member` sees it without having asked for more."""
    hidden = personal.masked(kept)
    if member.role is not Role.HANDLER or not kept.order.confidential:
        return hidden
    return replace(hidden, order=replace(hidden.order, citizen_name=SECRET, contact=SECRET))


def _views(found: Iterable[Kept], member: Member) -> list[Kept]:
    return [view(kept, member) for kept in found]


def shown(kept: Kept, member: Member) -> bool:
    """Whether `member` may see an order; a unit loses sight of what it gave back."""
    if member.role is Role.HANDLER:
        return bool(member.unit) and kept.order.unit == member.unit
    return may(member, "orders.read")


async def order_page(
    connection: Connection,
    member: Member,
    wanted: Wanted,
    *,
    before_id: int | None = None,
    limit: int = 30,
) -> Sequence[Kept]:
    """A page of the orders that `member` may see, newest first."""
    if member.role is Role.HANDLER and not member.unit:
        return []
    if wanted.contact and not may(member, "personal.read"):
        return []

    def seen(kept: Kept) -> Kept:
        return kept if may_clear(member, kept) else view(kept, member)

    found = await listing.page(
        connection, _own(member, wanted), before_id=before_id, limit=limit, seen=seen
    )
    return _views(found, member)


async def order_counts(
    connection: Connection, member: Member, wanted: Wanted = listing.EVERYTHING
) -> dict[State, int]:
    """How many orders that `member` may see are in each state."""
    if member.role is Role.HANDLER and not member.unit:
        return dict.fromkeys(State, 0)
    return await listing.counts(connection, _own(member, wanted))


def _own(member: Member, wanted: Wanted) -> Wanted:
    # Trying numbers would tell a unit whose a confidential order is.
    named = member.role is Role.HANDLER and bool(wanted.contact)
    return replace(wanted, unit=_unit(member, wanted.unit), named_only=named)


async def lights(connection: Connection, member: Member, at: Moments) -> dict[Light, int]:
    """How many of the orders that `member` may see show each colour of the board."""
    if member.role is Role.HANDLER and not member.unit:
        return dict.fromkeys(Light, 0)
    return await board.lights(connection, at, _unit(member, ""))


async def due(
    connection: Connection, member: Member, at: Moments, light: Light, unit: str
) -> list[Kept]:
    """The orders of one colour that `member` may see, the most urgent first."""
    if member.role is Role.HANDLER and not member.unit:
        return []
    return _views(await board.due(connection, at, light, _unit(member, unit)), member)


async def work_counts(
    connection: Connection, member: Member, lists: Sequence[Worklist], scope: Scope
) -> dict[str, int]:
    """How many orders that `member` may see are on each worklist, by its name."""
    if member.role is Role.HANDLER and not member.unit:
        return {one.name: 0 for one in lists}
    return await worklists.counts(connection, lists, _own_scope(member, scope))


async def work_page(
    connection: Connection, member: Member, wanted: Worklist, scope: Scope, before_id: int | None
) -> list[Kept]:
    """The orders of a worklist that `member` may see."""
    if member.role is Role.HANDLER and not member.unit:
        return []
    found = await worklists.page(connection, wanted, _own_scope(member, scope), before_id)
    return _views(found, member)


async def given_back(connection: Connection, member: Member, month: Month) -> list[GivenBack]:
    """What the member's unit gave back in a month: a line of each."""
    if member.role is not Role.HANDLER or not member.unit:
        return []
    return await worklists.given_back(connection, member.unit, month)


def _own_scope(member: Member, scope: Scope) -> Scope:
    return replace(scope, unit=_unit(member, scope.unit))


def knowledge_units(member: Member) -> tuple[str, ...] | None:
    """The units whose knowledge entries `member` may see; None for all."""
    if member.role is not Role.HANDLER:
        return None
    return (member.unit,) if member.unit else ()


async def entry(connection: Connection, member: Member, entry_id: int) -> Entry:
    """A knowledge entry that `member` may see. Raises NoEntry for all others."""
    found = await knowledge.find(connection, entry_id)
    units = knowledge_units(member)
    if units is not None and found.unit not in units:
        raise NoEntry(NO_ENTRY)
    return found


def _unit(member: Member, wanted: str) -> str:
    return member.unit if member.role is Role.HANDLER else wanted
