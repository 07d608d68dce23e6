"""Staff attach pictures and papers to a step: with the step or not at all, seen by whom it
concerns, and asked for by the closing gate where the office says so."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from backend import citizens
from backend.citizen_pages.app import order_app
from backend.fetching import Fetching
from backend.files import MOST, Folder
from backend.orders import rules, store
from backend.orders.gate import Gate
from backend.orders.lifecycle import Event, State
from backend.orders.rules import Rules
from backend.orders.store import Kept
from backend.tables import attachment
from tests.backend.office import Browser, Desk, World
from tests.photos import PDF, photo

REPLY = "现场核实后已修好人民路路灯，电话联系市民，市民表示满意。"
PICTURE = ("IMG_1.jpg", photo())


async def rows(world: World) -> list[int]:
    async with world.database.transaction() as connection:
        return list(await connection.scalars(select(attachment.c.id).order_by(attachment.c.id)))


async def events(world: World, kept: Kept) -> list[Event]:
    async with world.database.transaction() as connection:
        return await store.history(connection, kept.id)


def files(folder: Folder) -> int:
    return sum(path.is_file() for path in folder.root.rglob("*"))


async def close(browser: Browser, kept: Kept, *contents: tuple[str, bytes], seen: int = 3) -> str:
    """Close an order on its page; what the next page says."""
    form = {"reply": REPLY, "seen": str(seen)}
    response = await browser.upload(f"/orders/{kept.number}/close", form, *contents)
    return await response.text()


async def test_a_closing_keeps_its_pictures_with_the_step(
    at: Desk, world: World, folder: Folder
) -> None:
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    page = await close(handler, kept, PICTURE, ("检测报告.pdf", PDF))
    assert "已办结" in page
    found = await rows(world)
    assert (await events(world, kept))[-1].data["attachments"] == found
    for one in found:
        assert f"/console/media/{one}" in page
        assert (await handler.get(f"/media/{one}")).status == 200
        assert (await (await at("chengguan")).get(f"/media/{one}")).status == 404
    paper = await handler.get(f"/media/{found[1]}")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    assert files(folder) == 2


@pytest.mark.parametrize(
    ("login", "kind", "form"),
    [
        ("zhujian", "contact", {"how": "上门", "result": "市民在家，已当面说明"}),
        ("zhang", "note", {"text": "市民补充的材料"}),
    ],
)
async def test_contacts_and_notes_take_files_too(
    at: Desk, world: World, login: str, kind: str, form: dict[str, str]
) -> None:
    kept = await world.order("市住建局", ("sign",))
    browser = await at(login)
    await browser.upload(f"/orders/{kept.number}/{kind}", {**form, "seen": "3"}, PICTURE)
    happened = (await events(world, kept))[-1]
    assert (happened.kind, happened.data["attachments"]) == (kind, await rows(world))


@pytest.mark.parametrize(
    ("seen", "form", "contents", "why"),
    [
        ("3", {"reply": "已处理。。。。"}, [PICTURE], "至少15个字"),
        ("2", {"reply": REPLY}, [PICTURE], "刚刚被别人处理过"),
        ("3", {"reply": REPLY}, [PICTURE, ("a.exe", b"MZ")], "“a.exe”不是能用的图片"),
        ("3", {"reply": REPLY}, [PICTURE] * (MOST + 1), f"最多附{MOST}个"),
    ],
    ids=["gate", "conflict", "program", "many"],
)
async def test_a_refused_step_keeps_neither_file_nor_row(
    at: Desk,
    world: World,
    folder: Folder,
    seen: str,
    form: dict[str, str],
    contents: list[tuple[str, bytes]],
    why: str,
) -> None:
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    path = f"/orders/{kept.number}/close"
    response = await handler.upload(path, {**form, "seen": seen}, *contents)
    assert response.status in (409, 422)
    page = await response.text()
    assert why in page
    assert form["reply"] in page
    assert (await rows(world), files(folder)) == ([], 0)
    # htmx asks for the sentence only: the form in the browser keeps the files that were chosen.
    hasty = await handler.client.post(
        f"/console{path}",
        data={**form, "reply": "短", "seen": "3"},
        headers={"Origin": handler.origin, "HX-Request": "true"},
    )
    assert (await hasty.text()).startswith("还不能办结")


async def test_a_step_that_takes_no_files_ignores_them(
    at: Desk, world: World, folder: Folder
) -> None:
    kept = await world.order("市住建局")
    await (await at("zhujian")).upload(f"/orders/{kept.number}/sign", {"seen": "2"}, PICTURE)
    assert (await rows(world), files(folder)) == ([], 0)


async def test_the_gate_asks_for_evidence_where_the_office_does(at: Desk, world: World) -> None:
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules(gate=Gate(review="never", evidence=("投诉",))))
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    assert "这类工单办结时要附图片或材料" in await close(handler, kept)
    note = {"text": "先记一笔", "seen": "3"}
    await handler.upload(f"/orders/{kept.number}/note", note, PICTURE)
    assert "这类工单办结时要附图片或材料" in await close(handler, kept, seen=4)
    assert "已办结" in await close(handler, kept, PICTURE, seen=4)
    # Closed once with a picture and reopened: it needs one of this time.
    supervisor = await at("ban")
    await supervisor.post(f"/orders/{kept.number}/reopen", {"reason": "市民说没修", "seen": "5"})
    await handler.post(f"/orders/{kept.number}/sign", {"seen": "6"})
    assert "这类工单办结时要附图片或材料" in await close(handler, kept, seen=7)


@pytest.fixture
async def citizen(
    world: World, folder: Folder
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.add_subapp("/order", order_app(world.services, folder))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_citizen_sees_the_pictures_of_the_closing_and_no_others(
    at: Desk, world: World, citizen: TestClient[web.Request, web.Application]
) -> None:
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    path = f"/orders/{kept.number}"
    for kind, form in (("note", {"text": "内部"}), ("contact", {"how": "电话", "result": "说了"})):
        seen = len(await events(world, kept))
        await handler.upload(f"{path}/{kind}", {**form, "seen": str(seen)}, PICTURE)
    await close(handler, kept, PICTURE, ("a.pdf", PDF), seen=5)
    noted, proof, picture, paper = await rows(world)
    address = world.services.links.order(kept.number).removeprefix("http://127.0.0.1:8080")
    page = await (await citizen.get(address)).text()
    for one, shown in ((noted, False), (proof, False), (picture, True), (paper, True)):
        assert (f"{address}/files/{one}" in page) is shown
        response = await citizen.get(f"{address}/files/{one}")
        assert response.status == (200 if shown else 404)
    assert "private" in (await citizen.get(f"{address}/files/{picture}")).headers["Cache-Control"]
    # While it is handled again, what was closed before is nobody's proof.
    await (await at("ban")).post(f"{path}/reopen", {"reason": "没修好", "seen": "6"})
    assert (await citizen.get(f"{address}/files/{picture}")).status == 404
    assert "/files/" not in await (await citizen.get(address)).text()


async def test_the_proof_of_a_contact_goes_when_the_citizen_leaves(
    at: Desk, world: World, folder: Folder
) -> None:
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    form = {"how": "电话", "result": "已说明", "seen": "3"}
    await handler.upload(f"/orders/{kept.number}/contact", form, PICTURE)
    await close(handler, kept, PICTURE, seen=4)
    assert kept.citizen_id is not None
    async with world.database.transaction() as connection:
        await citizens.erase(connection, kept.citizen_id, world.now)
    fetching = Fetching(world.services, {}, folder.root)
    while await fetching.step():
        pass
    proof, closing = await rows(world)
    assert (await handler.get(f"/media/{proof}")).status == 404
    assert (await handler.get(f"/media/{closing}")).status == 200
    assert files(folder) == 1
    async with world.database.transaction() as connection:
        found = await store.find(connection, kept.number)
        assert found.order.state is State.CALLING_BACK
        assert await store.difference(connection, found) == []
