"""Whatever staff type, paste or put into an address, no page fails."""

from urllib.parse import quote

import pytest

from tests.backend.office import Browser, Desk, World
from tests.odd import HUGE, ODD

RAW = ("%00", "%ff%fe", "%ed%a0%80", "%u0000", "%", quote("\u202e停水\u0301"))
"""As they stand in an address or a form: no UTF-8, half an escape, a lone surrogate."""

SEARCHES = (
    "/orders?find=",
    "/orders?state=",
    "/messages?outcome=",
    "/messages?day=",
    "/chats?find=",
)


@pytest.mark.parametrize("path", SEARCHES)
async def test_no_search_fails(at: Desk, world: World, path: str) -> None:
    await world.order()
    agent = await at("zhang")
    for text in [quote(one)[:4_000] for one in ODD.values()] + list(RAW):
        response = await agent.get(f"{path}{text}")
        assert response.status < 500, text[:40]


@pytest.mark.parametrize("where", ["/orders/{}", "/chats/{}", "/media/{}", "/orders/{}/news"])
async def test_no_address_fails(at: Desk, where: str) -> None:
    agent = await at("zhang")
    for text in [quote(one, safe="")[:4_000] for one in ODD.values()] + list(RAW):
        assert (await agent.get(where.format(text))).status < 500, text[:40]


async def test_no_words_of_an_agent_fail(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    await agent.post(f"/chats/{citizen}/take")
    for text in (*ODD.values(), HUGE):
        assert (await agent.post(f"/chats/{citizen}/say", {"text": text})).status < 500
    assert await _raw(agent, f"/chats/{citizen}/say", "text") == []


async def test_no_order_of_an_agent_fails(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    fields = ("facts", "place", "demand", "contact", "citizen_name", "category", "area", "type")
    for text in (*ODD.values(), HUGE):
        form = {**dict.fromkeys(fields, text), "type": "投诉"}
        response = await agent.post(f"/chats/{citizen}/order", form)
        assert response.status < 500
    for field in fields:
        assert await _raw(agent, f"/chats/{citizen}/order", field) == []


@pytest.mark.parametrize(
    ("kind", "field"), [("note", "text"), ("correct", "facts"), ("dispatch", "unit"), ("x", "y")]
)
async def test_no_step_of_an_order_fails(at: Desk, world: World, kind: str, field: str) -> None:
    kept = await world.order()
    agent = await at("zhang")
    for text in (*ODD.values(), HUGE):
        form = {field: text, "seen": text}
        assert (await agent.post(f"/orders/{kept.number}/{kind}", form)).status < 500
        form = {field: text, "seen": "1"}
        assert (await agent.post(f"/orders/{kept.number}/{kind}", form)).status < 500
    assert await _raw(agent, f"/orders/{kept.number}/{kind}", field) == []


async def _raw(agent: Browser, path: str, field: str) -> list[str]:
    """Which malformed bodies make the page fail."""
    headers = {"Origin": agent.origin, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"/console{path}"
    found = [
        (text, await agent.client.post(url, data=f"{field}={text}&seen=1", headers=headers))
        for text in RAW
    ]
    return [text for text, response in found if response.status >= 500]


MOMENTS = ("0001-01-01", "0001-01", "9999-12-31", "9999-12", "0001-01-01T00:00", "9999-12-31T23:59")
"""Which Python can write and which leave its years when they are brought to UTC."""


@pytest.mark.parametrize("path", ["/accesses?day=", "/work?month=", "/?month=", "/returns?month="])
async def test_no_edge_of_time_fails(at: Desk, world: World, path: str) -> None:
    browsers = [await at(login) for login in ("ban", "zhujian")]
    for moment in MOMENTS:
        for browser in browsers:
            assert (await browser.get(path + moment)).status < 500, moment
    assert (await browsers[0].get("/messages?knowledge=1&days=999999999")).status == 200


async def test_no_time_of_a_contact_fails(at: Desk, world: World) -> None:
    kept = await world.order("市住建局", ("sign",))
    handler = await at("zhujian")
    for moment in (*MOMENTS, "13:30", "2026-13-01"):
        form = {"how": "电话", "result": "说了", "when": moment, "seen": "3"}
        response = await handler.post(f"/orders/{kept.number}/contact", form)
        assert response.status < 500, moment


PART = 'multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name="text"\r\n'
INNER = "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nq\r\n--c--"
BODIES = {
    "charset": "application/x-www-form-urlencoded; charset=foo\nseen=3&text=a",
    "no boundary": "multipart/form-data\nx",
    "no part": "multipart/form-data; boundary=b\nx",
    "no headers": "multipart/form-data; boundary=b\n--b\r\n\r\n\r\n--b--",
    "no name": PART.replace('; name="text"', "") + "\r\nx\r\n--b--",
    "cut off": f"{PART}\r\nx",
    "encoding": f"{PART}Content-Encoding: foo\r\n\r\nx\r\n--b--",
    "transfer": f"{PART}Content-Transfer-Encoding: foo\r\n\r\nx\r\n--b--",
    "part charset": f"{PART}Content-Type: text/plain; charset=foo\r\n\r\nx\r\n--b--",
    "no text": f"{PART}\r\n\udcff\r\n--b--",
    "nested": f"{PART}{INNER}\r\n--b--",
}
"""Forms that no browser sends: the content type, and what comes with it."""


@pytest.mark.parametrize("body", BODIES)
async def test_no_form_fails(at: Desk, world: World, body: str) -> None:
    kept = await world.order("市住建局", ("sign",))
    citizen = await world.waits()
    kind, _, content = BODIES[body].partition("\n")
    agent = await at("root")
    headers = {"Origin": agent.origin, "Content-Type": kind}
    for path in (
        f"/orders/{kept.number}/note",
        f"/chats/{citizen}/say",
        "/login",
        "/trial",
        "/knowledge/files",
    ):
        response = await agent.client.post(
            f"/console{path}", data=content.encode(errors="surrogateescape"), headers=headers
        )
        assert response.status < 500, path
