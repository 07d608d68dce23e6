"""Who gets in, who does not, and what a page of another site can make a browser do."""

import pytest

from backend.console.throttle import Throttle
from tests.backend.office import Browser, Desk, World


async def test_a_page_asks_for_login_first_and_then_opens(browser: Browser) -> None:
    response = await browser.get("/orders?state=待派单", allow_redirects=False)
    assert response.status == 303
    login = response.headers["Location"]
    assert "password" in await (await browser.client.get(login)).text()
    response = await browser.post(
        "/login", {"login": "zhang", "password": "hotline-12345", "next": "/console/orders"}
    )
    assert response.url.path == "/console/orders"
    assert "张坐席" in await response.text()


async def test_the_address_without_slash_leads_home(at: Desk) -> None:
    agent = await at("zhang")
    assert "张坐席，您好" in await agent.read("")


async def test_a_wrong_password_is_refused_and_the_login_kept(browser: Browser) -> None:
    response = await browser.log_in("zhang", "wrong")
    page = await response.text()
    assert response.status == 401
    assert "账号或密码不对" in page
    assert 'value="zhang"' in page


async def test_the_sixth_wrong_password_has_to_wait(browser: Browser) -> None:
    for _ in range(5):
        await browser.log_in("zhang", "wrong")
    response = await browser.log_in("zhang")
    assert response.status == 429
    assert "分钟后再试" in await response.text()
    assert (await browser.log_in("wang")).status == 200


def test_throttle_forgets_after_its_time() -> None:
    time = [0.0]
    throttle = Throttle(2, 60, timer=lambda: time[0])
    throttle.failed("a")
    time[0] = 10
    throttle.failed("a")
    assert throttle.wait("a") == pytest.approx(50)
    assert throttle.wait("b") == 0
    time[0] = 61
    assert throttle.wait("a") == 0


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/console/\\evil", "/console//evil"]
)
async def test_login_leads_to_our_own_pages_only(browser: Browser, target: str) -> None:
    response = await browser.post(
        "/login", {"login": "zhang", "password": "hotline-12345", "next": target}
    )
    assert response.url.path == "/console/"


async def test_logging_out_ends_it(at: Desk) -> None:
    agent = await at("zhang")
    await agent.post("/logout")
    assert (await agent.get("/chats", allow_redirects=False)).status == 303


async def test_the_cookie_is_for_this_server_only(browser: Browser) -> None:
    response = await browser.client.post(
        "/console/login",
        data={"login": "zhang", "password": "hotline-12345"},
        headers={"Origin": browser.origin},
        allow_redirects=False,
    )
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_what_another_site_sends_is_refused(
    at: Desk, world: World, headers: dict[str, str]
) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    response = await agent.client.post(f"/console/chats/{citizen}/take", headers=headers)
    assert response.status == 403
    assert "已拒绝" in await response.text()
    assert "等待人工" in await agent.read(f"/chats/{citizen}")


async def test_pages_run_and_load_our_own_files_only(at: Desk) -> None:
    agent = await at("zhang")
    for path in ("/", "/static/console.css", "/no-such-page"):
        headers = (await agent.get(path)).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    page = await agent.read("/")
    assert "http://" not in page.replace('xmlns="http://', "")
    assert " style=" not in page
    assert "<script>" not in page


async def test_a_cookie_of_another_key_means_logging_in_again(browser: Browser) -> None:
    browser.client.session.cookie_jar.update_cookies({"huiying_console": "forged"})
    assert (await browser.get("/chats", allow_redirects=False)).status == 303


async def test_who_was_let_go_is_out_at_once(at: Desk, world: World) -> None:
    from backend import staff

    agent = await at("wang")
    async with world.database.transaction() as connection:
        await staff.deactivate(connection, "wang")
    try:
        assert (await agent.get("/chats", allow_redirects=False)).status == 303
    finally:
        async with world.database.transaction() as connection:
            await staff.save(
                connection,
                "wang",
                name="王坐席",
                role=staff.Role.AGENT,
                password="hotline-12345",
                now=world.now,
            )
