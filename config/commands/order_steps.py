"""`huiying orders dispatch|sign|return|…`: the steps of an order's life, one command each.

Every command is a row of STEPS in backend/orders/lifecycle.py with its fields as options.
"""

from typing import Annotated, Any

import typer

from backend import personal, staff
from backend.database import Connection
from backend.orders import service, store
from backend.orders.lifecycle import Refused
from backend.orders.store import Kept
from backend.staff import Role
from config.commands.common import OPERATOR, Json, run, services, show_json
from config.commands.orders import Number, describe

Actor = Annotated[str, typer.Option("--as", help="Who acts, as role:name, e.g. handler:lisi.")]
Unit = Annotated[str, typer.Option("--unit", help="The unit that shall handle it (承办单位).")]
Reply = Annotated[str, typer.Option("--reply", help="What was found and done (办理结果).")]
Reason = Annotated[str, typer.Option("--reason", help="Why (理由).")]
commands = typer.Typer()


def add(orders: typer.Typer) -> None:
    """Put the steps beside the other commands of `huiying orders`."""
    orders.registered_commands.extend(commands.registered_commands)


def _act(number: str, kind: str, actor: str, as_json: bool, **data: Any) -> None:
    """Do one step, and show what the order has become."""

    async def work() -> Kept:
        async with services() as known:
            async with known.database.transaction() as connection:
                known_actor = await _check_actor(connection, number, actor)
                said = {name: value for name, value in data.items() if value != ""}
                kept = await service.act(
                    connection, number, kind, actor=actor, now=known.clock.now(), data=said
                )
            known.live.tell("orders", "outbox")
            if not known_actor:
                typer.echo(f"提示：没有 {actor} 的账号，没有核对角色和单位", err=True)
            return kept

    kept = run(work)
    if as_json:
        show_json(describe(personal.masked(kept)))
    else:
        typer.echo(f"工单 {number}：{kept.order.state}" + _at(kept))


async def _check_actor(connection: Connection, number: str, actor: str) -> bool:
    """Hold an actor to the account of that name: its role, and for a handler its unit.

    False if there is no such account: the operator vouches for them. Raises Refused.
    """
    role, _, login = actor.partition(":")
    if actor == OPERATOR or role not in set(Role):
        return True
    member = await staff.of_login(connection, login)
    if member is None:
        return False
    if member.role != role:
        raise Refused(f"账号 {login} 的角色是 {member.role}，不是 {role}")
    unit = (await store.find(connection, number)).order.unit
    if member.role is Role.HANDLER and member.unit != unit:
        raise Refused(f"账号 {login} 属于{member.unit or '（没有单位）'}，这张工单不归它办")
    return True


def _at(kept: Kept) -> str:
    return f"（{kept.order.unit}）" if kept.order.unit else ""


@commands.command()
def accept(number: Number, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Accept an order that a human had to read first (受理)."""
    _act(number, "accept", actor, as_json)


@commands.command()
def dispatch(number: Number, unit: Unit, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Send an order to a unit (派单); its time to sign begins."""
    _act(number, "dispatch", actor, as_json, unit=unit)


@commands.command()
def designate(
    number: Number, unit: Unit, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False
) -> None:
    """Name the unit that must take it (指定承办); it may not be returned any more."""
    _act(number, "designate", actor, as_json, unit=unit, reason=reason)


@commands.command()
def sign(number: Number, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Sign for an order on behalf of its unit (签收); its deadline begins."""
    _act(number, "sign", actor, as_json)


@commands.command("return")
def give_back(
    number: Number,
    reason: Reason,
    basis: Annotated[str, typer.Option("--basis", help="By which rule or document (依据).")],
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Ask to return an order (申请退单), within two working days; later it is refused by rule."""
    _act(number, "return", actor, as_json, reason=reason, basis=basis)


@commands.command()
def extend(
    number: Number,
    reason: Reason,
    days: Annotated[int, typer.Option("--days", help="Working days more.")],
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Ask for more time (申请延期), before the deadline."""
    _act(number, "extend", actor, as_json, reason=reason, days=days)


@commands.command()
def grant(
    number: Number,
    reason: Reason = "",
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Grant what the unit asks for (同意退单, 同意延期)."""
    _act(number, "grant", actor, as_json, reason=reason)


@commands.command()
def refuse(number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Refuse what the unit asks for (驳回退单, 驳回延期)."""
    _act(number, "refuse", actor, as_json, reason=reason)


@commands.command()
def retract(number: Number, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Take back what the unit has asked for (撤销申请)."""
    _act(number, "retract", actor, as_json)


@commands.command()
def pause(number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Stop the clock of an order (暂停计时)."""
    _act(number, "pause", actor, as_json, reason=reason)


@commands.command()
def resume(number: Number, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Let the clock run again (恢复计时); the deadline moves by the working days of the pause."""
    _act(number, "resume", actor, as_json)


@commands.command()
def contact(
    number: Number,
    how: Annotated[str, typer.Option("--how", help="电话, 上门, 微信 …")],
    result: Annotated[str, typer.Option("--result", help="What the citizen said.")],
    when: Annotated[str, typer.Option("--when", help="e.g. 2026-01-31 09:30; now if left.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who spoke with the citizen.")] = "",
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Record that somebody spoke with the citizen (联系市民)."""
    _act(number, "contact", actor, as_json, how=how, result=result, when=when, by=by)


@commands.command()
def submit(number: Number, reply: Reply, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Hand a reply in for review (提交审核)."""
    _act(number, "submit", actor, as_json, reply=reply)


@commands.command()
def close(
    number: Number,
    reply: Reply,
    how: Annotated[str, typer.Option("--how", help="How the citizen was contacted: 电话 …")] = "",
    result: Annotated[str, typer.Option("--result", help="What the citizen said.")] = "",
    when: Annotated[str, typer.Option("--when", help="e.g. 2026-01-31 09:30; now if left.")] = "",
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Close an order with a reply to the citizen (办结); the survey follows by itself.

    The closing gate (办结把关) asks for at least 15 characters without padding and for the four
    elements; what it doubts goes to a reviewer (待审核).
    """
    _act(number, "close", actor, as_json, reply=reply, how=how, result=result, when=when)


@commands.command()
def approve(number: Number, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Let a reply that was handed in pass (审核通过); the citizen is told."""
    _act(number, "approve", actor, as_json)


@commands.command()
def reject(number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Send a reply back to its unit (审核退回); counted as rework (返工)."""
    _act(number, "reject", actor, as_json, reason=reason)


@commands.command()
def reopen(number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Open a closed order again (重办); counted as rework (返工)."""
    _act(number, "reopen", actor, as_json, reason=reason)


@commands.command()
def urge(
    number: Number,
    text: Annotated[str, typer.Option("--text", help="What to tell the unit.")] = "",
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Urge the unit (催办)."""
    _act(number, "urge", actor, as_json, text=text)


@commands.command()
def supervise(
    number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False
) -> None:
    """Put an order under supervision (督办)."""
    _act(number, "supervise", actor, as_json, reason=reason)


@commands.command()
def withdraw(
    number: Number, reason: Reason = "", actor: Actor = OPERATOR, as_json: Json = False
) -> None:
    """Withdraw an order at its citizen's wish (撤回)."""
    _act(number, "withdraw", actor, as_json, reason=reason)


@commands.command()
def note(
    number: Number,
    text: Annotated[str, typer.Option("--text", help="What there is to add.")],
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Add a word to an order (补充)."""
    _act(number, "note", actor, as_json, text=text)


@commands.command()
def analyse(
    number: Number,
    text: Annotated[str, typer.Option("--text", help="Why it came to this, what to change.")],
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Record what a closed order teaches (分析)."""
    _act(number, "analyse", actor, as_json, text=text)


@commands.command()
def assess(
    number: Number,
    points: Annotated[float, typer.Option("--points", help="e.g. 0.5 or -0.5.")],
    reason: Reason,
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Give or take points for a closed order (考评, 加扣分)."""
    _act(number, "assess", actor, as_json, points=points, reason=reason)


@commands.command()
def link(
    number: Number,
    master: Annotated[str, typer.Option("--master", help="The order that it joins (主工单).")],
    actor: Actor = OPERATOR,
    as_json: Json = False,
) -> None:
    """Join an order to another about the same matter (并入); it follows that one from then on."""
    _act(number, "link", actor, as_json, master=master)


@commands.command()
def unlink(number: Number, reason: Reason, actor: Actor = OPERATOR, as_json: Json = False) -> None:
    """Let a linked order stand alone again (拆出)."""
    _act(number, "unlink", actor, as_json, reason=reason)
