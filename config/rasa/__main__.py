"""`make rasa`: install Rasa, train it from nlu_data/, serve it on loopback until Ctrl-C."""

import os
import secrets
import socket
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.understanding.corpus import Corpus
from config import settings
from config.rasa import environment, training
from config.rasa.progress import NotStarted
from config.settings import ROOT

NLU_DATA = ROOT / "nlu_data"
HOST = "127.0.0.1"
PORT = 5005


def main(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on loopback.")] = PORT,
    only: Annotated[str, typer.Option(help="Stop after install, or after train.")] = "",
) -> None:
    """Install Rasa into .rasa/, train it from nlu_data/, serve it on loopback until Ctrl-C."""
    try:
        folder = settings.load().data / "rasa"
        environment.install(typer.echo)
        if only == "install":
            return
        model = training.train(Corpus.load(NLU_DATA), folder, typer.echo)
        if only == "train":
            return
        _serve(model, folder, port)
    except (settings.BadSetting, NotStarted) as error:
        typer.echo(f"make rasa: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        typer.echo("Stopped.")
        raise typer.Exit(130) from error


def _serve(model: Path, folder: Path, port: int) -> NoReturn:
    """Become the server: Ctrl-C and kill then reach Rasa itself. Raises NotStarted."""
    _check_port(port)
    known = settings.load().rasa_token.get_secret_value()
    variables = {
        **environment.variables(),
        "HUIYING_RASA_MODEL": str(model.resolve()),
        "HUIYING_RASA_PORT": str(port),
        "HUIYING_RASA_TOKEN": known or token(folder),
        "HUIYING_RASA_READY": _ready(folder, port, known),
    }
    typer.echo("Starting Rasa (a quarter to one and a half minutes) ...")
    os.chdir(folder)
    os.execve(environment.PYTHON, [str(environment.PYTHON), "-m", "config.rasa.serve"], variables)


def token(folder: Path) -> str:
    """Rasa's token, made once and kept where only its owner can read it."""
    file = folder / "token"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
            fresh.write(secrets.token_urlsafe(32))
    return file.read_text().strip()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise NotStarted(
                f"cannot listen on {HOST}:{port} ({error.strerror}); is Rasa running already?"
                " Choose another port: make rasa PORT=5006"
            ) from error


def _ready(folder: Path, port: int, known: str) -> str:
    value = "$RASA_TOKEN" if known else f"$(cat {folder / 'token'})"
    return (
        f"Ready: Rasa serves on http://{HOST}:{port}; Ctrl-C stops it. In another terminal:\n\n"
        f'  RASA_URL=http://{HOST}:{port} RASA_TOKEN="{value}" make run\n'
    )


if __name__ == "__main__":
    typer.run(main)
