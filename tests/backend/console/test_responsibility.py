"""The responsibility list in the console: looked at, imported, exported, and amended by a row."""

import re
from datetime import date

import pytest

from backend import sheets
from backend.orders import responsibility
from backend.orders.responsibility import ALWAYS, Duty
from tests.backend.office import Browser, Desk, World

LAMPS = "城市管理/路灯"
FILE = (
    "分类,区域,承办单位,生效日期,失效日期,依据\n"
    "城市管理/路灯,岳塘区,市城管局,2026-01-01,,移交文件\n"
    "城市管理/路灯,,市住建局,,,=SUM(1)\n"
    "城市管理/路灯,火星区,市城管局,,,\n"
)


async def keep(world: World, *duties: Duty) -> None:
    async with world.database.transaction() as connection:
        await responsibility.save(connection, duties, world.now)


async def kept(world: World) -> list[Duty]:
    async with world.database.transaction() as connection:
        return await responsibility.everything(connection)


async def post(browser: Browser, content: str, name: str = "清单.csv", **form: str) -> str:
    response = await browser.upload("/responsibility", form, (name, content.encode()))
    return await response.text()


async def test_a_file_is_tried_and_then_taken_in(at: Desk, world: World) -> None:
    supervisor = await at("ban")
    page = await post(supervisor, FILE, dry="1")
    assert "试运行，还没有写入：将写入 2 条，删除 0 条，拒绝 1 行" in page
    assert "没有“火星区”这个区域" in page
    assert await kept(world) == []
    assert "已导入：写入 2 条" in await post(supervisor, FILE)
    assert {duty.unit for duty in await kept(world)} == {"市城管局", "市住建局"}
    assert "删除 1 条" in await post(supervisor, FILE.split("\n城市管理/路灯,,")[0], replace="on")
    assert len(await kept(world)) == 1


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("清单.csv", "分类,区域\n城市管理,\n", "缺少列：承办单位"),
        ("清单.pdf", "%PDF-", "只能用 .csv 或 .xlsx 文件"),
        ("清单.xlsx", "no workbook", "不是有效的 .xlsx 文件"),
        ("清单.csv", "x" * (2 * 2**20 + 1), "文件超过2MB"),
    ],
)
async def test_a_file_that_is_no_list_is_refused_in_words(
    at: Desk, world: World, name: str, content: str, why: str
) -> None:
    assert why in await post(await at("ban"), content, name)
    assert await kept(world) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_what_is_exported_can_be_imported_again(at: Desk, world: World, ending: str) -> None:
    duties = [
        Duty(LAMPS, "", "市住建局", ALWAYS, date(2026, 1, 31), "=SUM(1)"),
        Duty(LAMPS, "岳塘区", "市城管局", date(2026, 2, 1), None, "移交文件"),
    ]
    await keep(world, *duties)
    response = await (await at("audit")).get(f"/responsibility/export.{ending}")
    content = await response.read()
    found, refused = responsibility.read(f"a.{ending}", content, (), ())
    assert (found, refused) == (duties, [])
    assert sheets.read(f"a.{ending}", content).head == tuple(responsibility.COLUMNS)


async def test_overlaps_gaps_and_what_was_in_force_are_shown(at: Desk, world: World) -> None:
    await keep(
        world,
        Duty(LAMPS, "岳塘区", "市城管局"),
        Duty(LAMPS, "岳塘区", "市住建局"),
        Duty("城市管理", "", "市水务集团", ALWAYS, date(2020, 1, 1), "旧的"),
    )
    handler = await at("zhujian")
    page = await handler.read("/responsibility")
    assert re.search("城市管理/路灯（岳塘区）：市(城管局、市住建|住建局、市城管)局", page)
    assert "城市管理/路灯（雨湖区）" in page
    assert "城市供水/停水（所有区域）" in page
    assert "旧的" not in page
    assert "旧的" in await handler.read("/responsibility?all=1&category=城市管理&area=全市")
    assert "没有这样的条目" in await handler.read("/responsibility?category=城市供水")
    assert "修改" not in page
    assert "导入 .xlsx" not in page


async def test_a_row_is_amended_once(at: Desk, world: World) -> None:
    await keep(world, Duty(LAMPS, "岳塘区", "市城管局"), Duty(LAMPS, "岳塘区", "市住建局"))
    supervisor = await at("ban")
    paths = re.findall(r"/console(/responsibility/\d+)", await supervisor.read("/responsibility"))
    form = {"承办单位": "市城管局", "失效日期": "2026-07-16", "依据": "移交", "生效日期": ""}
    assert "市城管局" in await supervisor.read(paths[0])
    said = await (await supervisor.post(paths[0], form)).text()
    assert "已修改" in said
    assert Duty(LAMPS, "岳塘区", "市城管局", ALWAYS, date(2026, 7, 16), "移交") in await kept(world)
    assert "刚刚被别人改过" in await (await supervisor.post(paths[0], form)).text()
    for wrong, why in (
        ({"承办单位": "火星局"}, "没有“火星局”这个单位"),
        ({"失效日期": "七月"}, "不是日期"),
        ({"承办单位": "市城管局", "生效日期": ""}, "已经有同一分类"),
    ):
        refused = await supervisor.post(paths[1], {"承办单位": "市住建局", "依据": "新的", **wrong})
        text = await refused.text()
        assert why in text
        assert 'value="新的"' in text
    assert len(await kept(world)) == 2


async def test_only_supervisors_change_it(at: Desk, world: World) -> None:
    await keep(world, Duty(LAMPS, "岳塘区", "市城管局"))
    path = re.findall(
        r"/console(/responsibility/\d+)", await (await at("ban")).read("/responsibility")
    )[0]
    for login in ("zhang", "zhujian", "audit", "editor"):
        browser = await at(login)
        assert (await browser.get("/responsibility")).status == 200
        assert (await browser.get(path)).status == 403
        assert (await browser.post(path, {"承办单位": "市住建局"})).status == 403
        assert (await browser.upload("/responsibility", {}, ("a.csv", b""))).status == 403
    assert len(await kept(world)) == 1
