"""`huiying citizens`: what a citizen may ask of the office about their data."""

from typing import Annotated

import typer

from backend import citizens as people
from backend import conversations
from config.commands.common import fail, run, services

commands = typer.Typer(
    help="Citizens (市民): erase who asks to be forgotten.", no_args_is_help=True
)


@commands.callback()
def citizens() -> None:
    """Citizens (市民): what they may ask of the office about their data."""


@commands.command()
def erase(
    citizen_id: Annotated[int, typer.Argument(help="The number in 「市民 12」 and of the chat.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
) -> None:
    """Forget a citizen, as when they leave the account: their orders stay, de-identified."""
    if not yes and not typer.confirm(f"忘记市民 {citizen_id} 的姓名、电话和说过的话？不能恢复"):
        fail("nothing was done")

    async def work() -> bool:
        async with services() as known, known.database.transaction() as connection:
            if await conversations.find(connection, citizen_id) is None:
                return False
            await people.erase(connection, citizen_id, known.clock.now())
            return True

    if not run(work):
        fail(f"没有编号为 {citizen_id} 的市民", 2)
    typer.echo(f"已忘记市民 {citizen_id}；工单已去除个人信息。")
