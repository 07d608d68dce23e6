"""The knowledge base through its pages: who may do what, and that nothing typed is lost."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import text, update

from backend.knowledge import feedback, files, store
from backend.knowledge.entry import Entry
from backend.knowledge.revisions import By
from backend.message import Outcome
from backend.tables import knowledge
from tests.backend.knowledge.shelf import add, put, titles
from tests.backend.office import Browser, Desk, World

LEAK = Entry(
    "楼上漏水怎么办", "先找物业协商。", ("楼上漏水找谁",), unit="市住建局", category="住房/物业"
)
LAMP = Entry("路灯坏了找谁", "拨打12345。", unit="市城管局")
TYPED = {
    "title": LEAK.title,
    "answer": "先找物业，再找社区。",
    "questions": "楼上漏水找谁\n天花板滴水；屋顶滴水",
    "unit": LEAK.unit,
    "category": LEAK.category,
    "valid_until": "",
    "source": "办事指南",
    "why": "流程改了",
}


async def kept(world: World, entry: Entry) -> Entry:
    async with world.database.transaction() as connection:
        return await store.find(connection, entry.id)


async def act(member: Browser, entry: Entry, name: str, **form: str) -> tuple[int, str]:
    response = await member.post(f"/knowledge/{entry.id}/{name}", form)
    return response.status, html.unescape(await response.text())


async def shelved(world: World, *entries: Entry) -> list[Entry]:
    by = By("editor:editor", world.now - timedelta(days=1))
    return [await add(world, entry, by) for entry in entries]


async def aged(world: World, entry: Entry) -> None:
    """As if nobody had looked at it for a year."""
    async with world.database.transaction() as connection:
        old = world.now - timedelta(days=365)
        await connection.execute(
            update(knowledge).where(knowledge.c.id == entry.id).values(confirmed_at=old)
        )


async def test_an_editor_adds_an_entry_and_sees_it_in_the_list(at: Desk, world: World) -> None:
    editor = await at("editor")
    assert "知识库还是空的" in await editor.read("/knowledge")
    response = await editor.post("/knowledge/new", {**TYPED, "answer": " "})
    assert response.status == 422
    page = await response.text()
    assert "答案为空" in page
    assert f'value="{LEAK.title}"' in page
    assert "天花板滴水" in page
    page = await (await editor.post("/knowledge/new", TYPED)).text()
    assert "已添加" in page
    assert await titles(world, world.now) == [LEAK.title]
    async with world.database.transaction() as connection:
        (entry,) = await store.everything(connection)
    assert entry.questions == ("楼上漏水找谁", "天花板滴水", "屋顶滴水")
    assert LEAK.title in await editor.read("/knowledge?q=滴水")
    assert "没有找到" in await editor.read("/knowledge?q=路灯")


async def test_a_change_is_shown_in_the_history_with_a_way_back(at: Desk, world: World) -> None:
    (entry,) = await shelved(world, LEAK)
    editor = await at("editor")
    status, page = await act(editor, entry, "change", **{**TYPED, "seen": "1", "why": " "})
    assert (status, "请写明为什么" in page, "再找社区" in page) == (422, True, True)
    status, page = await act(editor, entry, "change", **TYPED, seen="1")
    assert "已保存" in page
    assert "流程改了" in page
    assert "知识编辑 编辑员" in page
    assert "<ins>，再找社区</ins>" in page.replace("\n", "")
    status, page = await act(editor, entry, "restore", seen="2", number="1", why="改错了")
    assert "恢复旧内容" in page
    assert (await kept(world, entry)).content == entry.content
    status, page = await act(editor, entry, "restore", seen="3", number="x")
    assert status == 422


async def test_of_two_editors_the_second_is_told_and_keeps_the_words(
    at: Desk, world: World
) -> None:
    (entry,) = await shelved(world, LEAK)
    editor = await at("editor")
    await act(editor, entry, "change", **TYPED, seen="1")
    mine = {**TYPED, "answer": "我写的另一个答案。", "why": "我的理由"}
    status, page = await act(editor, entry, "change", **mine, seen="1")
    assert status == 409
    assert "刚刚被别人改过" in page
    assert "我写的另一个答案。</textarea>" in page
    assert 'value="我的理由"' in page
    assert 'name="seen" value="2"' in page
    assert "<del>" in page
    assert (await kept(world, entry)).answer == TYPED["answer"]


async def test_retiring_and_reviving(at: Desk, world: World) -> None:
    (entry,) = await shelved(world, LEAK)
    editor = await at("editor")
    _, page = await act(editor, entry, "retire", seen="1", why="政策废止")
    assert "已停用，不再答复市民" in page
    assert LEAK.title not in await editor.read("/knowledge")
    assert LEAK.title in await editor.read("/knowledge?standing=retired")
    _, page = await act(editor, entry, "revive", seen="2")
    assert "已恢复使用" in page
    assert await titles(world, world.now) == [LEAK.title]


async def test_a_unit_sees_confirms_and_reports_its_own_entries_only(
    at: Desk, world: World
) -> None:
    leak, lamp = await shelved(world, LEAK, LAMP)
    await aged(world, leak)
    handler = await at("zhujian")
    page = await handler.read("/knowledge?unit=市城管局")
    assert LEAK.title in page
    assert LAMP.title not in page
    assert (await handler.get(f"/knowledge/{lamp.id}")).status == 404
    assert (await act(handler, lamp, "report", seen="1", why="不对"))[0] == 404
    assert (await act(handler, leak, "change", **TYPED, seen="1"))[0] == 403
    assert "知识待本月确认" in await handler.read("/")
    page = await handler.read("/knowledge/review")
    assert "逾期" in page
    assert LAMP.unit not in page
    response = await handler.post(
        "/knowledge/review", {"entry": f"{leak.id}:1", "x": f"{lamp.id}:1"}
    )
    assert "已确认1条" in await response.text()
    assert (await kept(world, leak)).confirmed_by == "handler:zhujian"
    _, page = await act(handler, leak, "report", seen="1", why=" ")
    assert "请写明哪里不对" in page
    _, page = await act(handler, leak, "report", seen="1", why="应找业委会")
    assert "已报错" in page
    assert await titles(world, world.now) == [LAMP.title]
    editor = await at("editor")
    assert "被单位报错" in await editor.read("/")
    assert "市住建局报错：“楼上漏水怎么办”，应找业委会。" in await editor.read("/notices")
    assert LEAK.title in await editor.read("/knowledge?standing=wrong")
    _status, page = await act(editor, leak, "clear", seen="2", why="流程没有变")
    assert "已撤销报错" in page


async def test_ticks_for_others_or_for_old_text_confirm_nothing(at: Desk, world: World) -> None:
    leak, lamp = await shelved(world, LEAK, LAMP)
    for entry in (leak, lamp):
        await aged(world, entry)
    handler = await at("zhujian")
    for tick in (f"{lamp.id}:1", f"{leak.id}:2"):
        page = await (await handler.post("/knowledge/review", {"entry": tick})).text()
        assert "已确认0条" in page
        assert "另有1条" in page
    for tick in ("", "x:1", "1", "1:2:3", f"{10**30}:1"):
        page = await (await handler.post("/knowledge/review", {"entry": tick})).text()
        assert "没有勾选" in page
    drifter = await at("drifter")
    assert "没有要复核的知识" in await drifter.read("/knowledge/review")
    assert LEAK.title not in await drifter.read("/knowledge")


@pytest.mark.parametrize("login", ["audit", "zhang", "ban"])
async def test_others_only_read(at: Desk, world: World, login: str) -> None:
    (entry,) = await shelved(world, LEAK)
    member = await at(login)
    page = await member.read(f"/knowledge/{entry.id}")
    assert LEAK.answer in page
    assert '<form method="post" action="/console/knowledge' not in page
    for name in ("change", "retire", "confirm", "report", "restore"):
        assert (await act(member, entry, name, **TYPED, seen="1"))[0] == 403
    assert (await member.get("/knowledge/new")).status == 403
    assert (await member.post("/knowledge/new", TYPED)).status == 403
    assert (await member.post("/knowledge/files", {})).status == 403
    assert (await member.post("/knowledge/review", {"entry": f"{entry.id}:1"})).status == 403
    assert (await act(member, entry, "dance"))[0] == 404


async def test_another_site_cannot_make_an_editor_act(at: Desk, world: World) -> None:
    (entry,) = await shelved(world, LEAK)
    editor = await at("editor")
    response = await editor.client.post(
        f"/console/knowledge/{entry.id}/retire",
        data={"seen": "1", "why": "x"},
        headers={"Origin": "https://evil.example"},
    )
    assert response.status == 403
    assert not (await kept(world, entry)).retired


async def test_figures_open_the_messages_behind_them(at: Desk, world: World) -> None:
    (entry,) = await shelved(world, LEAK)
    for solved, days in ((True, 0), (False, 0), (True, 40)):
        moment = world.now - timedelta(days=days)
        await world.message(Outcome.ANSWERED, moment, entry.id)
        said = await world.message(Outcome.COMMAND, moment, entry.id)
        async with world.database.transaction() as connection:
            await feedback.judge(connection, entry.id, said, moment, solved=solved)
    editor = await at("editor")
    page = html.unescape(await editor.read(f"/knowledge/{entry.id}"))
    found = re.findall(r'href="/console(/messages\?[^"]*)">(\d+)</a>', page)
    assert [int(number) for _, number in found] == [2, 1, 1, 3, 2, 1]
    for address, number in found:
        behind = await editor.read(address)
        assert behind.count("问一下") == int(number), address
        assert LEAK.title in behind
    assert "50%" in page
    assert "1/2" in page
    assert "67%" in page
    listed = html.unescape(await editor.read("/knowledge?days=0&sort=answered"))
    assert "67% <small>2/3</small>" in listed


async def test_the_list_has_pages(at: Desk, world: World) -> None:
    await put(world, *(Entry(f"问题{number}", "答案") for number in range(31)), at=world.now)
    editor = await at("editor")
    first = html.unescape(await editor.read("/knowledge?sort=title"))
    assert "找到 31 条，第 1 / 2 页" in first
    (following,) = re.findall(r'href="/console(/knowledge\?[^"]*page=2)"', first)
    second = await editor.read(following)
    assert second.count("data-href") == 1
    for odd in ("page=x", "page=0", "page=99999999999999999", "sort=x&standing=x&days=7&usage=x"):
        assert (await editor.get(f"/knowledge?{odd}")).status == 200


# -- files ----------------------------------------------------------------------------------------


async def upload(member: Browser, name: str, content: bytes, **options: str) -> tuple[int, str]:
    form = aiohttp.FormData(options)
    form.add_field("file", content, filename=name)
    response = await member.client.post(
        "/console/knowledge/files", data=form, headers={"Origin": member.origin}
    )
    return response.status, html.unescape(await response.text())


async def confirmed(member: Browser, page: str) -> str:
    (token,) = re.findall(r'action="/console(/knowledge/files/\d+)"', page)
    return await (await member.post(token)).text()


async def test_a_file_is_tried_then_confirmed(at: Desk, world: World) -> None:
    await shelved(world, LEAK, LAMP)
    rows = "标题,答案,备注\n楼上漏水怎么办,先找物业再找社区。,x\n没有答案,,\n新的一条,答,\n"
    editor = await at("editor")
    status, page = await upload(editor, "新 表.csv", rows.encode("gb18030"), replace="on")
    assert status == 200
    assert "还没有写入。新增 1 条，修改 1 条，未变 0 条，停用 1 条，拒绝 1 行" in page
    assert (
        '<td class="number">3</td><td class="wide">没有答案</td><td class="wide">答案为空' in page
    )
    assert "没有用到的列：备注" in page
    assert "<ins>再找社区</ins>" in page
    assert LAMP.title in page
    assert set(await titles(world, world.now)) == {LEAK.title, LAMP.title}
    assert "新增1条，修改1条，停用1条" in await confirmed(editor, page)
    assert set(await titles(world, world.now)) == {LEAK.title, "新的一条"}
    async with world.database.transaction() as connection:
        leak = next(e for e in await store.everything(connection) if e.title == LEAK.title)
    assert (leak.unit, leak.confirmed_by) == (LEAK.unit, "editor:editor")
    assert "已经导入过" in await confirmed(editor, page)


async def test_strict_writes_nothing_and_offers_nothing(at: Desk, world: World) -> None:
    editor = await at("editor")
    _status, page = await upload(editor, "a.csv", "标题,答案\n一,\n二,三\n".encode(), strict="on")
    assert "一条也不能导入" in page
    assert "确认导入" not in page
    assert await titles(world, world.now) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"x", "只能导入"),
        ("a.csv", "标题\n一\n".encode(), "缺少列 答案"),
        ("a.csv", b"x" * (10 * 2**20 + 1), "超过10MB"),
        ("a.csv", "标题,答案\n".encode() + b"a,b\n" * 20_001, "超过20000行"),
    ],
)
async def test_files_that_cannot_be_taken_are_told_why(
    at: Desk, world: World, name: str, content: bytes, said: str
) -> None:
    editor = await at("editor")
    status, page = await upload(editor, name, content)
    assert status == 422
    assert said in page


async def test_nobody_confirms_the_file_of_another(at: Desk, world: World) -> None:
    editor, handler = await at("editor"), await at("zhujian")
    _, page = await upload(editor, "a.csv", "标题,答案\n一,二\n".encode())
    (address,) = re.findall(r'action="/console(/knowledge/files/\d+)"', page)
    assert (await handler.post(address)).status == 403
    async with world.database.transaction() as connection:
        await connection.execute(text("UPDATE knowledge_upload SET member_id = member_id - 1"))
    assert "已经导入过" in await (await editor.post(address)).text()
    assert await titles(world, world.now) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx", "yml"])
async def test_an_export_is_what_an_import_takes(at: Desk, world: World, ending: str) -> None:
    await shelved(world, LEAK, replace(LAMP, answer="=1+1"))
    editor, handler = await at("editor"), await at("zhujian")
    response = await editor.get(f"/knowledge/export.{ending}")
    assert "attachment" in response.headers["Content-Disposition"]
    content = await response.read()
    assert {line.entry.title for line in files.read(f"a.{ending}", content).lines} == {
        LEAK.title,
        LAMP.title,
    }
    _, page = await upload(editor, f"a.{ending}", content)
    assert "新增 0 条，修改 0 条，未变 2 条" in page
    own = await (await handler.get(f"/knowledge/export.{ending}")).read()
    assert [line.entry.title for line in files.read(f"a.{ending}", own).lines] == [LEAK.title]
