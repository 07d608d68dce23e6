"""The command `huiying`: one subcommand a noun, each in config/commands."""

import typer

from config.commands import (
    callbacks,
    citizens,
    evaluate,
    keys,
    knowledge,
    order_steps,
    orders,
    platform,
    responsibility,
    retention,
    seed,
    staff,
)
from config.commands.accesses import accesses
from config.commands.doctor import doctor
from config.commands.menu import menu
from config.commands.outcomes import outcomes
from config.commands.serve import serve

cli = typer.Typer(
    help="Huiying 回应: the WeChat front end of a city's 12345 hotline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.command()(serve)
cli.command()(outcomes)
cli.command()(accesses)
cli.command()(doctor)
cli.command()(menu)
order_steps.add(orders.commands)
seed.add(orders.commands)
cli.add_typer(orders.commands, name="orders")
cli.add_typer(responsibility.commands, name="responsibility")
cli.add_typer(knowledge.commands, name="knowledge")
cli.add_typer(callbacks.commands, name="callbacks")
cli.add_typer(evaluate.commands, name="evaluate")
cli.add_typer(staff.commands, name="staff")
cli.add_typer(citizens.commands, name="citizens")
cli.add_typer(retention.commands, name="retention")
cli.add_typer(keys.commands, name="keys")
cli.add_typer(platform.commands, name="platform")


def main() -> None:
    """Run the command line."""
    cli()
