"""Where the data key comes from: the environment, a file, or our own under HUIYING_DATA."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from backend import keys, sealing
from backend.database import Connection, Database
from backend.sealing import BadKey, KeyRing
from config.settings import BadSetting, Settings

OWN = "data.key"
"""The file that is made where no key is configured."""


async def unlock(settings: Settings, database: Database) -> None:
    """Let this process read and write sealed values of a database that has a schema.

    Raises BadSetting for what is no key, keys.WrongKey for one that does not fit; both have
    written nothing.
    """
    async with database.transaction() as connection:
        ring = configured(settings) or await _own(settings, connection)
        await keys.unlock(connection, ring)


def configured(settings: Settings) -> KeyRing | None:
    """The keys of the settings; None if none are given. Raises BadSetting."""
    text = settings.data_key.get_secret_value()
    if text:
        return _read("HUIYING_DATA_KEY", text.split(","))
    if settings.data_key_file is not None:
        return _read("HUIYING_DATA_KEY_FILE", _lines("HUIYING_DATA_KEY_FILE", settings))
    return None


def beside_data(settings: Settings) -> str:
    """One sentence for the operator while the key lies beside what it seals, else ''."""
    if settings.data_key.get_secret_value() or settings.data_key_file is not None:
        return ""
    return (
        f"the data key lies beside the data in {settings.data / OWN}: keep it elsewhere, "
        "and name it in HUIYING_DATA_KEY_FILE (docs/personal-data.md)"
    )


def _lines(name: str, settings: Settings) -> list[str]:
    assert settings.data_key_file is not None
    try:
        return settings.data_key_file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name}: {settings.data_key_file} cannot be read") from error


def _read(name: str, texts: list[str]) -> KeyRing:
    try:
        return KeyRing.read(texts)
    except BadKey as error:
        raise BadSetting(f"{name}: {error}") from error


async def _own(settings: Settings, connection: Connection) -> KeyRing:
    """The key under HUIYING_DATA, made there for a database that was never sealed."""
    file = settings.data / OWN
    if not file.exists():
        sealed = await keys.known(connection)
        if sealed:
            raise keys.WrongKey(
                f"the database is sealed with data key {', '.join(sorted(sealed))}, and no key is "
                f"here: set HUIYING_DATA_KEY or HUIYING_DATA_KEY_FILE, or put {OWN} into "
                f"{settings.data}"
            )
        make(file)
    return _read(str(file), file.read_text("ascii").splitlines())


def make(file: Path) -> None:
    """Write a new key; of two that do so at once, the first one's stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(f"{sealing.fresh()}\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
