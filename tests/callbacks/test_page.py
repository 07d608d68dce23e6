from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from backend.orders.lifecycle import State
from backend.services import Services
from callbacks.page import survey_app
from callbacks.policy import ALWAYS, Policy
from callbacks.scheduler import run_once
from tests.callbacks.town import FACTS, REPLY, Town

POLICY = Policy(delay=timedelta(), hours=ALWAYS, reminders=0, expires=timedelta(days=1))
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(services: Services) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_subapp("/survey", survey_app(services))
    async with TestClient(TestServer(app)) as client:
        yield client


async def asked(town: Town, **fields: object) -> tuple[str, str]:
    number = await town.closed(await town.citizen(), **fields)
    await run_once(town.services, POLICY)
    return number, f"/survey/{await town.token()}"


async def get(client: Client, path: str, status: int = 200) -> str:
    response = await client.get(path)
    assert response.status == status
    return await response.text()


async def post(client: Client, path: str, **form: str) -> str:
    response = await client.post(path, data=form)
    assert response.status == 200
    return await response.text()


async def test_looking_changes_nothing(town: Town, client: Client) -> None:
    number, path = await asked(town)
    for query in ("", "?rating=satisfied", "?why=其他"):
        page = await get(client, path + query)
        assert all(f'value="{key}"' in page for key in ("satisfied", "basic", "dissatisfied"))
    assert (await client.head(path)).status == 200
    assert (await town.kept(number)).order.rating == ""


async def test_it_shows_number_matter_and_result_and_nothing_personal(
    town: Town, client: Client
) -> None:
    number, path = await asked(town, citizen_name="李四", contact="13812345678", place="3栋2单元")
    page = await get(client, path)
    assert number in page
    assert REPLY in page
    assert "阳光小区3栋的路灯坏了" in page
    for personal in ("13812345678", "李四", "2单元", "城管局"):
        assert personal not in page
    assert FACTS[-11:] not in page


async def test_a_confidential_order_shows_its_number_only(town: Town, client: Client) -> None:
    number, path = await asked(town, confidential=True)
    page = await get(client, path)
    assert number in page
    assert "路灯" not in page


async def test_one_tap_rates(town: Town, client: Client) -> None:
    number, path = await asked(town)
    assert "谢谢您的评价" in await post(client, path, rating="satisfied")
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "满意")
    assert "以第一次评价为准" in await post(client, path, rating="dissatisfied")
    assert (await town.kept(number)).order.rating == "满意"


async def test_dissatisfied_asks_why_then_for_words(town: Town, client: Client) -> None:
    number, path = await asked(town)
    page = await post(client, path, rating="dissatisfied")
    assert "问题没解决" in page
    assert (await town.kept(number)).order.state is State.SIGNING
    assert "<textarea" in await post(client, path, why="问题没解决")
    page = await post(client, path, words="灯<b>还是</b>不亮\x00")
    assert "问题没解决：灯&lt;b&gt;还是" in page
    assert "<textarea" not in page
    await post(client, path, words="再说一次")
    [row] = await town.surveys()
    assert row.reason == "问题没解决：灯<b>还是</b>不亮"


async def test_late_answers_count_until_the_grace_is_over(town: Town, client: Client) -> None:
    number, path = await asked(town)
    town.wait(days=1)
    await run_once(town.services, POLICY)
    assert "仍然有效" in await get(client, path)
    town.wait(days=7)
    assert "评价已经结束" in await get(client, path)
    assert "评价已经结束" in await post(client, path, rating="satisfied")
    assert (await town.kept(number)).order.rating == "未评价"


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "没有", "%ff", "a" * 500])
async def test_unknown_tokens_get_a_friendly_page(town: Town, client: Client, token: str) -> None:
    page = await get(client, f"/survey/{token}", 404)
    assert "公众号" in page
    response = await client.post(f"/survey/{token}", data={"rating": "satisfied"})
    assert response.status == 404


async def test_senseless_forms_are_refused(town: Town, client: Client) -> None:
    number, path = await asked(town)
    for form in ({}, {"rating": "great"}, {"what": "ever"}):
        response = await client.post(path, data=form)
        assert response.status == 400
    response = await client.post(path, data={"rating": "satisfied" * 150_000})
    assert response.status == 413
    kinds = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-9"}
    response = await client.post(path, data=b"rating=\xff", headers=kinds)
    assert response.status == 400
    assert (await town.kept(number)).order.rating == ""


async def test_a_reason_before_a_rating_is_not_taken(town: Town, client: Client) -> None:
    _, path = await asked(town)
    await post(client, path, why="其他")
    [row] = await town.surveys()
    assert (row.state, row.reason) == ("asked", "")


async def test_headers_keep_the_page_to_itself(town: Town, client: Client) -> None:
    _, path = await asked(town)
    for address in (path, "/survey/none"):
        response = await client.get(address)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        page = await response.text()
        assert "<script" not in page
        assert " style=" not in page
    links = [part.partition('"')[0] for part in page.split('href="')[1:]]
    for link in links:
        assert link == "data:," or (await client.get(link)).status == 200
