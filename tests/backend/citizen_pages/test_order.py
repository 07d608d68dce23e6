from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from backend.citizen_pages.app import order_app
from backend.citizen_pages.words import masked, shorten
from backend.database import Database
from backend.files import Folder
from backend.services import Services
from callbacks.policy import ALWAYS, Policy
from callbacks.scheduler import run_once
from tests.callbacks.town import REPLY, Town

AT_ONCE = Policy(delay=timedelta(), hours=ALWAYS)
Client = TestClient[web.Request, web.Application]


def site(services: Services, folder: Folder) -> web.Application:
    app = web.Application()
    app.add_subapp("/order", order_app(services, folder))
    return app


@pytest.fixture
async def client(services: Services, folder: Folder) -> AsyncIterator[Client]:
    async with TestClient(TestServer(site(services, folder))) as client:
        yield client


async def page(town: Town, client: Client, number: str) -> str:
    address = town.services.links.order(number).removeprefix("https://city.example")
    response = await client.get(address)
    assert response.status == 200
    return await response.text()


async def test_it_tells_how_far_the_order_is(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen())
    told = await page(town, client, number)
    for words in (number, "办理中", "阳光小区", "已转给城管局", "城管局已签收，正在办理"):
        assert words in told
    await town.close(number)
    told = await page(town, client, number)
    assert REPLY in told
    assert told.index("已办结") < told.index("已转给")


async def test_it_keeps_what_is_internal(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen(), citizen_name="李四", contact="13812345678")
    await town.act(number, "note", "handler:lisi", text="此人经常投诉")
    await town.act(number, "note", "citizen:", text="今天又坏了一盏，电话13812345678")
    told = await page(town, client, number)
    assert "今天又坏了一盏，电话138****5678" in told
    for hidden in ("此人经常投诉", "lisi", "wang", "李四", "13812345678"):
        assert hidden not in told


async def test_it_leads_to_the_survey_while_one_is_open(town: Town, client: Client) -> None:
    number = await town.closed(await town.citizen())
    assert "/survey/" not in await page(town, client, number)
    await run_once(town.services, AT_ONCE)
    assert f"/survey/{await town.token()}" in await page(town, client, number)
    await town.hears("o-li", text="不满意")
    await town.hears("o-li", text="处理太慢")
    told = await page(town, client, number)
    assert "/survey/" not in told
    for words in ("您的评价：不满意", "处理太慢", "已退回重新办理"):
        assert words in told
    assert REPLY not in told


async def test_a_confidential_order_shows_no_content(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen(), confidential=True, place="3栋")
    told = await page(town, client, number)
    assert "保密工单" in told
    assert "路灯" not in told
    assert "3栋" not in told


@pytest.mark.parametrize("token", ["20250701000001", "x.y", "%00", "%ff", "没有", "a" * 4000])
async def test_a_link_we_did_not_sign_opens_nothing(town: Town, client: Client, token: str) -> None:
    await town.order(await town.citizen())
    response = await client.get(f"/order/{token}")
    assert response.status == 404
    assert "公众号" in await response.text()


async def test_a_token_of_another_kind_or_of_no_order_opens_nothing(
    town: Town, client: Client
) -> None:
    number = await town.order(await town.citizen())
    sign = town.services.signer.sign
    for token in (sign("login", number), sign("order", "20990101000001")):
        response = await client.get(f"/order/{token}")
        assert response.status == 404


async def test_without_the_database_it_says_so(town: Town) -> None:
    one = town.services
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    services = Services(away, one.clock, one.live, one.signer, one.links)
    async with TestClient(TestServer(site(services, Folder(Path("none"))))) as client:
        response = await client.get(f"/order/{one.signer.sign('order', '1')}")
        assert response.status == 503
        assert "稍后再试" in await response.text()
    await away.close()


async def test_what_the_pages_load_is_ours(town: Town, client: Client) -> None:
    told = await page(town, client, await town.order(await town.citizen()))
    links = [part.partition('"')[0] for part in told.split('href="')[1:]]
    icon, *files = links
    assert icon == "data:,"
    assert len(files) == 2
    for link in files:
        response = await client.get(link)
        assert response.status == 200
        assert "max-age" in response.headers["Cache-Control"]
    assert "<script" not in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("0731-58231234", "0731-****1234"),
        ("身份证430302199001011234", "身份证430****1234"),
        ("身份证43030219900101123X", "身份证430****123X"),
        ("2025年7月1日，3栋2单元1203室，工资12000元", "2025年7月1日，3栋2单元1203室，工资12000元"),
    ],
)
def test_numbers_of_persons_are_hidden(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.sampled_from("找，:（ "))
def test_no_mobile_number_survives(phone: str, before: str) -> None:
    assert phone not in masked(f"{before}{phone}{before}")


@given(st.text(), st.integers(2, 80))
def test_shortened_text_keeps_to_its_size(text: str, size: int) -> None:
    assert len(shorten(text, size)) <= size


async def post(town: Town, client: Client, number: str, kind: str, **form: str) -> tuple[int, str]:
    address = town.services.links.order(number).removeprefix("https://city.example")
    response = await client.post(f"{address}/{kind}", data=form)
    return response.status, await response.text()


async def test_the_citizen_urges_once_a_day(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen())
    assert "已为您催办" in (await post(town, client, number, "urge"))[1]
    status, told = await post(town, client, number, "urge")
    assert status == 422
    assert "今天已经催办过了" in told
    town.wait(days=1)
    assert (await post(town, client, number, "urge"))[0] == 200
    assert (await town.kept(number)).order.urges == 2


async def test_the_citizen_adds_a_word_and_withdraws(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen())
    _, told = await post(town, client, number, "note", text="晚上七点以后\x00有人 在家")
    assert "晚上七点以后 有人 在家" in told
    assert (await post(town, client, number, "note", text="  "))[0] == 422
    assert "已按您的要求撤回" in (await post(town, client, number, "withdraw"))[1]
    status, told = await post(town, client, number, "note", text="还有一件")
    assert status == 200
    assert "还想做什么" not in told


async def test_nobody_acts_without_the_link_or_beyond_it(town: Town, client: Client) -> None:
    number = await town.order(await town.citizen())
    address = town.services.links.order(number).removeprefix("https://city.example")
    for path in (
        f"/order/{number}/urge",
        f"{address}x/urge",
        f"{address}/close",
        f"{address}/sign",
    ):
        assert (await client.post(path)).status == 404
    assert (await town.kept(number)).order.urges == 0
