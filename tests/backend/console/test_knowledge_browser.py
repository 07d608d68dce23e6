"""The knowledge base in a real Chromium: an editor's and a unit's way through its pages."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page, expect

from tests.backend.console import test_browser
from tests.backend.console.test_browser import log_in, look
from tests.backend.console.test_knowledge import LAMP, LEAK, aged, shelved
from tests.backend.knowledge.shelf import titles
from tests.backend.office import World

pytestmark = test_browser.pytestmark
chromium, page = test_browser.chromium, test_browser.page


async def test_an_editor_writes_changes_and_restores_an_entry(page: Page, world: World) -> None:
    await log_in(page, "editor")
    await page.get_by_role("link", name="知识库", exact=True).click()
    await expect(page.get_by_text("知识库还是空的")).to_be_visible()
    await look(page, "knowledge-empty")
    await page.get_by_role("button", name="新增一条").click()
    await page.get_by_label("标题").fill("社保卡丢了怎么补办")
    await page.get_by_label("答案").fill("带身份证到任一社保卡网点补办，当场领卡。")
    await page.get_by_label("相似问").fill("社保卡掉了\n社保卡遗失补卡")
    await page.get_by_label("承办单位").fill("市住建局")
    await look(page, "knowledge-new")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("status")).to_contain_text("已添加")
    await page.get_by_label("答案").fill("带身份证到任一社保卡网点补办，五个工作日领卡。")
    await page.get_by_label("有效期至").fill("2099-12-31")
    await page.get_by_label("为什么改").fill("网点改为统一制卡")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator(".trail ins").first).to_be_visible()
    await look(page, "knowledge-entry")
    await page.get_by_role("button", name="恢复成这一版").click()
    await expect(page.get_by_label("答案")).to_have_value(
        "带身份证到任一社保卡网点补办，当场领卡。"
    )
    assert await titles(world, world.now) == ["社保卡丢了怎么补办"]


async def test_a_unit_confirms_and_reports_on_a_phone(page: Page, world: World) -> None:
    for number, entry in enumerate(
        await shelved(world, LEAK, LAMP, replace(LEAK, title="物业费收多少"))
    ):
        if number != 1:
            await aged(world, entry)
    await page.set_viewport_size({"width": 390, "height": 844})
    await log_in(page, "zhujian")
    await look(page, "knowledge-phone-home")
    await page.get_by_text("知识待本月确认").click()
    await expect(page.get_by_text("逾期：")).to_be_visible()
    await page.get_by_label("全选这一页").check()
    await expect(page.get_by_label("物业费收多少").first).to_be_checked()
    await page.get_by_label("物业费收多少").first.uncheck()
    await look(page, "knowledge-phone-review")
    await page.get_by_role("button", name="勾选的仍然有效").click()
    await expect(page.get_by_role("status")).to_contain_text("已确认1条")
    await page.get_by_role("link", name="报错").click()
    await page.get_by_text("报错：内容不对").first.click()
    await page.get_by_label("哪里不对").fill("收费标准今年调整了，见新文件")
    await look(page, "knowledge-phone-report")
    await page.get_by_role("button", name="报错：内容不对").click()
    await expect(page.get_by_role("status")).to_contain_text("已报错")
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    assert set(await titles(world, world.now)) == {LEAK.title, LAMP.title}


async def test_a_file_is_tried_and_imported(page: Page, world: World, tmp_path: Path) -> None:
    await shelved(world, LEAK, LAMP)
    path = tmp_path / "知识库.csv"
    rows = "标题,答案\n楼上漏水怎么办,先找物业再找社区协商。\n没有答案,\n新的一条,答\n"
    path.write_text(rows, encoding="utf-8-sig")
    await log_in(page, "editor")
    await page.goto("/console/knowledge/files")
    await page.get_by_label("文件").first.set_input_files(path)
    await look(page, "knowledge-files")
    await page.get_by_role("button", name="先看看会怎样").click()
    await expect(page.get_by_text("还没有写入")).to_be_visible()
    await look(page, "knowledge-preview")
    await page.get_by_role("button", name="确认导入").click()
    await expect(page.get_by_role("status")).to_contain_text("新增1条，修改1条")
    await look(page, "knowledge-list")
    await page.goto("/console/knowledge/review")
    await look(page, "knowledge-review")
    async with page.expect_download() as download:
        await page.goto("/console/knowledge/files")
        await page.get_by_role("button", name="CSV 表格").click()
    assert (await download.value).suggested_filename.startswith("知识库-")
    assert "新的一条" in await titles(world, world.now)
