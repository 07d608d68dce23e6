"""Whatever citizens write into a survey or an address of theirs, no page and no turn fails."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from backend.citizen_pages.app import order_app
from backend.files import Folder
from backend.services import Services
from callbacks.page import survey_app
from callbacks.policy import ALWAYS, Policy
from callbacks.scheduler import run_once
from tests.callbacks.town import Town
from tests.odd import HUGE, ODD

POLICY = Policy(delay=timedelta(), hours=ALWAYS, reminders=0, expires=timedelta(days=1))
RAW = ("%00", "%ff%fe", "%ed%a0%80", "%u0000", "%")
"""As they stand in an address or a form: no UTF-8, half an escape, a lone surrogate."""

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(services: Services) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_subapp("/survey", survey_app(services))
    app.add_subapp("/order", order_app(services, Folder(Path("none"))))
    async with TestClient(TestServer(app)) as client:
        yield client


async def asked(town: Town) -> str:
    """The token of a survey that waits for words after 不满意."""
    await town.closed(await town.citizen("o-li"))
    await run_once(town.services, POLICY)
    return await town.token()


@pytest.mark.parametrize("page", ["survey", "order"])
async def test_no_address_fails(client: Client, page: str) -> None:
    for text in (*(quote(one, safe="")[:4_000] for one in ODD.values()), *RAW):
        assert (await client.get(f"/{page}/{text}")).status < 500, text[:40]
        assert (await client.get(f"/{page}/x?{text}={text}")).status < 500, text[:40]


async def test_no_form_fails(town: Town, client: Client) -> None:
    path = f"/survey/{await asked(town)}"
    await client.post(path, data={"rating": "dissatisfied"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for field in ("why", "words", "rating", "x"):
        for text in RAW:
            response = await client.post(path, data=f"{field}={text}", headers=headers)
            assert response.status < 500, (field, text)
        for text in (*ODD.values(), HUGE):
            assert (await client.post(path, data={field: text})).status < 500, (field, text[:9])


@pytest.mark.parametrize("name", ODD)
async def test_no_words_in_the_chat_fail(town: Town, name: str) -> None:
    token = await asked(town)
    await town.hears("o-li", tap=f"survey:{ODD[name].replace(chr(0), '')[:60]}:satisfied")
    await town.hears("o-li", tap=f"survey:{token}:dissatisfied")
    await town.hears("o-li", text=ODD[name].replace("\0", ""))
    [row] = await town.surveys()
    assert row.rating == "不满意"
