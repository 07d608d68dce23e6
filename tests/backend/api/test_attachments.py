"""Attachments through the API: what a platform adds, what it may fetch, and what is refused."""

import pytest
from aiohttp import FormData

from backend.files import Folder
from backend.orders import service, store
from backend.platforms import Scope
from tests.backend.office import Desk, World
from tests.photos import PDF, photo

from .platform import Answer, Partner, Partners

REPLY = "现场核实后已修好人民路路灯，电话联系市民，市民表示满意。"


async def send(
    partner: Partner, number: str, *contents: bytes, text: str = "", seen: str = ""
) -> Answer:
    form = FormData(default_to_multipart=True)
    form.add_field("text", text)
    for content in contents:
        form.add_field("file", content, filename="a.jpg")
    headers = {"If-Match": seen} if seen else {}
    path = f"/orders/{number}/attachments"
    return await partner.ask("POST", path, data=form, headers=headers)


async def test_a_platform_adds_lists_and_fetches_its_own(partners: Partners, world: World) -> None:
    partner, other = await partners(), await partners("红网", "红网")
    number = (await partner.file()).body["number"]
    added = await send(partner, number, photo(), PDF, text="市民补发的照片")
    assert added.status == 201
    assert [one["kind"] for one in added.body["attachments"]] == ["image", "pdf"]
    assert (await partner.get(f"/orders/{number}/attachments")).body == added.body
    async with world.database.transaction() as connection:
        kept = await store.find(connection, number)
        noted = (await store.history(connection, kept.id))[-1]
    assert (noted.kind, noted.data["text"]) == ("note", "市民补发的照片")
    path = f"/orders/{number}/attachments/{added.body['attachments'][0]['id']}"
    assert (await other.get(path)).status == 404
    assert (await other.get(f"/orders/{number}/attachments")).status == 404
    assert (await partner.get(f"/orders/{number}/attachments/999")).status == 404


async def test_who_reads_all_orders_adds_to_its_own_only(partners: Partners) -> None:
    one = await partners()
    reader = await partners("监管", "省长信箱", [Scope.READ, Scope.READ_ALL, Scope.ATTACHMENTS])
    number = (await one.file()).body["number"]
    assert (await send(reader, number, photo())).status == 403
    assert (await reader.get(f"/orders/{number}/attachments")).body == {"attachments": []}


async def test_it_sees_what_came_with_an_accepted_closing_and_nothing_internal(
    partners: Partners, world: World, at: Desk
) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    async with world.database.transaction() as connection:
        for kind, data in (("dispatch", {"unit": "市住建局"}), ("sign", {})):
            await service.act(
                connection, number, kind, actor="admin:root", now=world.now, data=data
            )
    handler = await at("zhujian")
    for kind, form in (("note", {"text": "内部"}), ("close", {"reply": REPLY})):
        seen = {"seen": "3" if kind == "note" else "4"}
        await handler.upload(f"/orders/{number}/{kind}", {**form, **seen}, ("a.jpg", photo()))
    (found,) = (await partner.get(f"/orders/{number}/attachments")).body["attachments"]
    assert found["step"] == "close"


@pytest.mark.parametrize(
    ("contents", "status", "why"),
    [
        ((), 422, "至少带一个文件"),
        ((b"MZ",), 422, "不是能用的图片"),
        ((PDF,) * 10, 422, "最多附9个"),
    ],
)
async def test_what_is_not_taken_is_a_problem_and_leaves_nothing(
    partners: Partners, folder: Folder, contents: tuple[bytes, ...], status: int, why: str
) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    refused = await send(partner, number, *contents)
    assert (refused.status, why in refused.body["detail"]) == (status, True)
    assert not [path for path in folder.root.rglob("*") if path.is_file()]


async def test_a_repeat_with_if_match_is_not_taken_twice(partners: Partners) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    assert (await send(partner, number, PDF, seen='"1"')).status == 201
    assert (await send(partner, number, PDF, seen='"1"')).status == 412
    assert len((await partner.get(f"/orders/{number}/attachments")).body["attachments"]) == 1


async def test_it_needs_its_scope_and_a_form(partners: Partners) -> None:
    without = await partners(scopes=set(Scope) - {Scope.ATTACHMENTS})
    number = (await without.file()).body["number"]
    assert (await send(without, number, PDF)).status == 403
    assert (await without.get(f"/orders/{number}/attachments")).status == 403
    partner = await partners()
    path = f"/orders/{number}/attachments"
    assert (await partner.ask("POST", path, json={"file": "x"})).status == 415


async def test_a_text_that_cannot_be_kept_is_a_problem_of_the_request(partners: Partners) -> None:
    partner = await partners()
    number = (await partner.file()).body["number"]
    assert (await send(partner, number, PDF, text="一\x00二")).status == 400
