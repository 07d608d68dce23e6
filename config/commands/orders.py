"""`huiying orders`: look at orders and move them on."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from backend import personal, transcript
from backend.database import Connection, hold_still
from backend.orders import listing, search, store, tally
from backend.orders.lifecycle import ANY, LABELS, OPEN, STEPS, State, Step
from backend.orders.listing import Wanted
from backend.orders.proposals import propose
from backend.orders.store import Kept
from backend.personal import Mask
from config.commands.common import Json, fail, noted, run, services, show, show_json

commands = typer.Typer(help="Orders (工单): list, show, and move them on.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="The order's number (工单编号).")]


def describe(kept: Kept) -> dict[str, Any]:
    """An order as one flat object: its number, and every field of docs/design.md section 8."""
    return {"number": kept.number, "citizen_id": kept.citizen_id, **asdict(kept.order)}


@commands.command("list")
def list_orders(
    state: Annotated[str, typer.Option(help="Only this state, e.g. 待派单.")] = "",
    unit: Annotated[str, typer.Option(help="Only this unit (承办单位).")] = "",
    words: Annotated[
        str, typer.Option("--search", help="Only orders in which these words stand.")
    ] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List orders, newest first; masked for people, in clear and written down with --json."""
    if state and state not in set(State):
        fail(f"没有“{state}”这个状态；可用：{'、'.join(State)}", 2)

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            wanted = Wanted(
                states=(State(state),) if state else (),
                unit=unit,
                words=search.words(words) if words else (),
            )
            found = await listing.page(connection, wanted, limit=limit)
            if not as_json:
                return [describe(personal.masked(kept)) for kept in found]
            await noted(connection, "list", "huiying orders list --json", known.clock.now())
            return [describe(kept) for kept in found]

    columns = ("number", "state", "type", "category", "place", "unit", "facts", "created_at")
    show(run(work), columns, as_json=as_json, empty="没有工单。")


@commands.command("show")
def show_order(number: Number, as_json: Json = False) -> None:
    """Show one order with its history and the messages about it; masked for people, in clear
    and written down (huiying accesses) with --json."""

    async def work() -> dict[str, Any]:
        async with services() as known, known.database.transaction() as connection:
            now = known.clock.now()
            kept = await store.find(connection, number)
            if as_json:
                await noted(connection, "order", "huiying orders show --json", now, kept.id)
            return await _whole(connection, kept, now, clear=as_json)

    order = run(work)
    if as_json:
        show_json(order)
        return
    for name, value in order.items():
        if name not in ("events", "messages") and value not in ("", None, [], ()):
            typer.echo(f"{name:14} {value}")
    show(order["events"], ("at", "kind", "actor", "data"), as_json=False)
    show(order["messages"], ("at", "state", "text", "error"), as_json=False, empty="")


async def _whole(
    connection: Connection, kept: Kept, now: datetime, *, clear: bool
) -> dict[str, Any]:
    events = await store.history(connection, kept.id)
    lines = await transcript.of_order(connection, kept.id)
    proposals = await propose(connection, kept, now)
    if not clear:
        mask = Mask.of_order(kept.order)
        events, lines = list(map(mask.event, events)), list(map(mask.line, lines))
        kept = personal.masked(kept)
    return {
        **describe(kept),
        "proposals": [asdict(one) for one in proposals],
        "events": [asdict(event) for event in events],
        "messages": [asdict(line) for line in lines],
    }


@commands.command()
def steps(as_json: Json = False) -> None:
    """List every step of an order's life: who may do it, when, and what it needs (流程表)."""
    rows = [_row(kind, step) for kind, step in STEPS.items()]
    show(rows, ("event", "name", "stage", "since", "to", "who", "needs"), as_json=as_json)


def _row(kind: str, step: Step) -> dict[str, str]:
    return {
        "event": kind,
        "name": step.name,
        "stage": step.stage,
        "since": _states(step.since),
        "to": step.to or "",
        "who": " ".join(sorted(step.roles)),
        "needs": "、".join(LABELS[name] for name in step.requires),
    }


def _states(since: frozenset[State]) -> str:
    known = {ANY: "任何状态", OPEN: "未办结", ANY - {State.WITHDRAWN}: "除已撤回"}
    return known.get(since) or " ".join(state for state in State if state in since)


@commands.command()
def verify(as_json: Json = False) -> None:
    """Fold every order's events anew and report any difference from what is kept."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            # Else an order that moves on meanwhile would differ from its events.
            await hold_still(connection)
            return [row async for row in _differences(connection)]

    rows = run(work)
    show(rows, ("number", "fields"), as_json=as_json, empty="所有工单与其事件记录一致。")
    if rows:
        raise typer.Exit(1)


async def _differences(connection: Connection) -> Any:
    before: int | None = None
    while found := await listing.page(connection, before_id=before, limit=500):
        for kept in found:
            different = await store.difference(connection, kept)
            if different:
                yield {"number": kept.number, "fields": ", ".join(different)}
        before = found[-1].id
    for state, number in (await tally.difference(connection)).items():
        yield {"number": f"（{state}的总数）", "fields": f"{number:+}"}
