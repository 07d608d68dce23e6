"""`huiying platform`: other platforms that may use the API, and their keys (docs/api.md)."""

from typing import Annotated

import typer

from backend import platforms
from backend.platforms import USUAL, Scope
from config import city, settings
from config.commands.common import BAD_INPUT, Json, fail, run, services, show

commands = typer.Typer(
    help="Other platforms that file orders through the API.", no_args_is_help=True
)


@commands.command()
def add(
    name: Annotated[str, typer.Argument(help="What the platform is called.")],
    channel: Annotated[
        str, typer.Option(help="Its source (来源渠道), one of `sources` in the city's office.yml.")
    ],
    scope: Annotated[list[Scope], typer.Option(help="What the key allows; repeat it.")] = list(  # noqa: B006
        USUAL
    ),
) -> None:
    """Give a platform a key, printed once; one that has a key gets another to change over to."""
    if not name.strip() or not name.isprintable():
        fail("the platform needs a name", BAD_INPUT)

    async def work() -> str:
        sources = city.load(settings.load().city).rules.sources
        if channel not in sources:
            fail(f"没有“{channel}”这个来源渠道；可用的有：{'、'.join(sources)}", BAD_INPUT)
        async with services() as known, known.database.transaction() as connection:
            return await platforms.add(connection, name, channel, scope, known.clock.now())

    key = run(work)
    typer.echo(f"{name}（{channel}）的密钥，只显示这一次，请妥善保存：\n{key}")


@commands.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys that were given out."""

    async def work() -> list[dict[str, object]]:
        async with services() as known, known.database.transaction() as connection:
            return list(await platforms.everyone(connection))

    rows = run(work)
    columns = ("key", "name", "channel", "scopes", "webhook", "created_at", "used_at", "revoked_at")
    readable = rows if as_json else [{**row, "scopes": _joined(row["scopes"])} for row in rows]
    show(readable, columns, as_json=as_json, empty="还没有平台。")


def _joined(scopes: object) -> str:
    return " ".join(scopes) if isinstance(scopes, list) else ""


@commands.command()
def revoke(key: Annotated[int, typer.Argument(help="The number of the key, see `list`.")]) -> None:
    """Let a key open nothing any more, at once; the platform's orders stay."""

    async def work() -> bool:
        async with services() as known, known.database.transaction() as connection:
            return await platforms.revoke(connection, key, known.clock.now())

    if not run(work):
        fail(f"没有编号为 {key} 的有效密钥", BAD_INPUT)
    typer.echo(f"密钥 {key} 已作废。")
