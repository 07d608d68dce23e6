"""Rasa's own environment: which Python it gets, and its packages from a lock file with hashes."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from config.rasa.progress import NotStarted, Say
from config.settings import ROOT

HERE = Path(__file__).parent
FOLDER = ROOT / ".rasa"
PYTHON = FOLDER / "bin" / "python"
VERSIONS = ("3.10", "3.11")
"""Of Python, the better one first: Rasa 3.6 was made for 3.10, and 3.11 needs overrides."""

_UV = Path(sys.executable).with_name("uv")
_MACHINES = ("x86_64", "AMD64")


def install(say: Say) -> None:
    """Make the environment, or bring it to what its lock file says. Raises NotStarted."""
    if platform.machine() not in _MACHINES:
        raise NotStarted(
            f"Rasa 3.6 needs tensorflow 2.12, of which this machine ({platform.machine()}) has no"
            " wheel. Run `make rasa` on an x86-64 machine, and set RASA_URL here."
        )
    version, python = find_python()
    lock = HERE / f"requirements-{version}.lock"
    mark = sha256(lock.read_bytes() + str(python).encode()).hexdigest()
    stamp = FOLDER / "installed"
    if stamp.is_file() and stamp.read_text() == mark:
        return
    say(f"Installing Rasa for Python {version} into {FOLDER.name}/ (2 GB, about half a minute) ...")
    _uv("venv", "--quiet", "--clear", "--python", str(python), str(FOLDER))
    _uv("pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(lock))
    stamp.write_text(mark)


def check() -> None:
    """Raises NotStarted where there is no such environment yet."""
    if not (FOLDER / "installed").is_file():
        raise NotStarted(
            "Rasa is not installed here: run `make rasa` once (Ctrl-C ends it when it says Ready)"
        )


def find_python() -> tuple[str, Path]:
    """The version and the program of the Python that Rasa shall have. Raises NotStarted."""
    for version in VERSIONS:
        for candidate in _candidates(version):
            if _is(candidate, version):
                return version, candidate
    raise NotStarted(
        "Rasa 3.6 needs Python 3.10 or 3.11, and there is neither. Install one"
        " (apt-get install python3.11, pyenv install 3.10, or .venv/bin/uv python install 3.10),"
        " or name it: RASA_PYTHON=/path/to/python3.10 make rasa"
    )


def _candidates(version: str) -> Iterator[Path]:
    named = os.environ.get("RASA_PYTHON")
    if named:
        yield Path(named)
        return
    for found in (shutil.which(f"python{version}"), _known_to_uv(version)):
        if found:
            yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def _known_to_uv(version: str) -> str:
    found = _run([str(_UV), "python", "find", "--no-python-downloads", "--no-project", version])
    return found.stdout.strip()


def _is(candidate: Path, version: str) -> bool:
    """Whether it runs (a shim of pyenv may not), is of this version, and can make TLS."""
    look = "import ssl, sys; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        return _run([str(candidate), "-c", look]).stdout.strip() == version
    except OSError:
        return False


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _uv(*arguments: str) -> None:
    done = subprocess.run([str(_UV), *arguments], check=False)
    if done.returncode:
        raise NotStarted("Rasa could not be installed; what uv says stands above.")


def variables() -> Mapping[str, str]:
    """The environment variables of Rasa's processes: ours on its path, telemetry off, quiet."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        # Rasa's cache of trained parts would lie in the folder that holds its environment.
        "RASA_MAX_CACHE_SIZE": "0",
        "LOG_LEVEL": "WARNING",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }
