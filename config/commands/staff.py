"""`huiying staff`: who may log in to the console."""

from dataclasses import asdict
from typing import Annotated

import typer

from backend import staff
from backend.staff import Role
from config.commands.common import Json, fail, run, services, show

commands = typer.Typer(help="People who may log in to the console.", no_args_is_help=True)


@commands.command("list")
def list_staff(as_json: Json = False) -> None:
    """List who may log in."""

    async def work() -> list[dict[str, object]]:
        async with services() as known, known.database.transaction() as connection:
            return [asdict(member) for member in await staff.everyone(connection)]

    show(run(work), ("login", "name", "role", "unit"), as_json=as_json, empty="还没有账号。")


@commands.command()
def add(
    login: Annotated[str, typer.Argument(help="What they type to log in.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    unit: Annotated[str, typer.Option(help="Their unit, for handlers (承办单位).")] = "",
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
    ] = "",
) -> None:
    """Add a person, or change one (also the password)."""
    if len(password) < 8:
        fail("the password needs at least 8 characters", 2)
    if role is Role.HANDLER and not unit:
        fail("a handler needs --unit", 2)

    async def work() -> None:
        async with services() as known, known.database.transaction() as connection:
            await staff.save(
                connection,
                login,
                name=name,
                role=role,
                unit=unit,
                password=password,
                now=known.clock.now(),
            )

    run(work)
    typer.echo(f"账号 {login} 可以登录了。")


@commands.command()
def remove(login: Annotated[str, typer.Argument(help="The login.")]) -> None:
    """Let somebody in no longer; what they did stays."""

    async def work() -> bool:
        async with services() as known, known.database.transaction() as connection:
            return await staff.deactivate(connection, login)

    if not run(work):
        fail(f"没有账号 {login}", 2)
    typer.echo(f"账号 {login} 已停用。")
