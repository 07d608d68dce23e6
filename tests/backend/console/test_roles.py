"""Every route of the console and every role: who gets in. A route that is not in RULES fails here.

Whoever may not is told so before anything is looked up; so what is asked for does not exist.
"""

from collections.abc import Iterator

import pytest
from aiohttp.test_utils import TestServer

from backend.console.order_forms import FORMS
from backend.orders import store
from backend.orders.lifecycle import STEPS
from backend.staff import Role
from tests.backend.office import Browser, Desk, World

A, H, S, E, ADMIN, X = (
    Role.AGENT, Role.HANDLER, Role.SUPERVISOR, Role.EDITOR, Role.ADMIN, Role.AUDITOR
)  # fmt: skip
EVERYBODY = frozenset(Role)
ACTING = EVERYBODY - {X}
OFFICE = frozenset({A, S, ADMIN})
READING = OFFICE | {X}
ORDERS = READING | {H}
LEADERS = frozenset({S, ADMIN})
EDITORS = frozenset({E, ADMIN})

LOGINS = {A: "zhang", H: "zhujian", S: "ban", E: "editor", ADMIN: "root", X: "audit"}

RULES = {
    "GET /console": EVERYBODY,
    "GET /console/": EVERYBODY,
    "GET /console/login": EVERYBODY,
    "POST /console/login": EVERYBODY,
    "POST /console/logout": EVERYBODY,
    "GET /console/alerts": EVERYBODY,
    "GET /console/events": EVERYBODY,
    "GET /console/chats": READING,
    "GET /console/chats/{citizen_id}": READING,
    "GET /console/chats/{citizen_id}/live": READING,
    "GET /console/chats/{citizen_id}/side": READING,
    "GET /console/queue": READING,
    "POST /console/chats/{citizen_id}/take": OFFICE,
    "POST /console/chats/{citizen_id}/back": OFFICE,
    "POST /console/chats/{citizen_id}/say": OFFICE,
    "POST /console/chats/{citizen_id}/order": OFFICE,
    "GET /console/orders": ORDERS,
    "GET /console/orders/{number}": ORDERS,
    "GET /console/orders/{number}/news": ORDERS,
    "GET /console/orders/{number}/cluster": ORDERS,
    "POST /console/orders/{number}/{kind}": ORDERS - {X},
    "POST /console/orders/{number}/full": ORDERS - {X},
    "POST /console/chats/{citizen_id}/full": OFFICE,
    "GET /console/accesses": LEADERS | {X},
    "POST /console/orders/{number}/cluster/lead": OFFICE,
    "POST /console/orders/{number}/cluster/dissolve": OFFICE,
    "GET /console/bursts": READING,
    "GET /console/bursts/{id}": READING,
    "POST /console/bursts/{id}/merge": OFFICE,
    "POST /console/bursts/{id}/settle": OFFICE,
    "GET /console/work": ORDERS,
    "GET /console/returns": READING,
    "GET /console/board": ORDERS,
    "GET /console/responsibility": EVERYBODY,
    "GET /console/responsibility/export.{ending}": EVERYBODY,
    "POST /console/responsibility": LEADERS,
    "GET /console/responsibility/{id}": LEADERS,
    "POST /console/responsibility/{id}": LEADERS,
    "GET /console/notices": EVERYBODY,
    "POST /console/notices/aside": ACTING,
    "GET /console/messages": READING | {E},
    "GET /console/failures": READING,
    "GET /console/webhooks": READING,
    "POST /console/webhooks/{id}/{what}": LEADERS,
    "GET /console/knowledge": EVERYBODY,
    "GET /console/knowledge/{id}": EVERYBODY,
    "GET /console/knowledge/review": EVERYBODY,
    "GET /console/knowledge/files": EVERYBODY,
    "GET /console/knowledge/export.{ending}": EVERYBODY,
    "GET /console/knowledge/new": EDITORS,
    "POST /console/knowledge/new": EDITORS,
    "POST /console/knowledge/{id}/{act}": EDITORS,
    "POST /console/knowledge/review": EDITORS | {H},
    "POST /console/knowledge/files": EDITORS,
    "POST /console/knowledge/files/{token}": EDITORS,
    # Whose it is decides; who may see neither chats nor orders is told that it is not there.
    "GET /console/media/{id}": EVERYBODY,
    "GET /console/questions": EDITORS | {S, X},
    "GET /console/questions/{group_id}": EDITORS | {S, X},
    **{
        f"POST /console/questions/{{group_id}}/{act}": EDITORS
        for act in ("check", "draft", "publish", "merge", "dismiss", "move", "undo")
    },
    "GET /console/trial": EVERYBODY - {H},
    "POST /console/trial": EVERYBODY - {H},
    "POST /console/trial/teach": EVERYBODY - {H, X},
    "POST /console/trial/teach?teach=1": EDITORS,
    "GET /console/static": EVERYBODY,
}
"""Who may ask for what. GET changes nothing and POST may; an auditor only looks."""

WITH = {
    "citizen_id": "999", "number": "20260101999999", "kind": "note", "id": "999", "what": "again",
    "act": "retire", "token": "999", "group_id": "999", "ending": "csv",
}  # fmt: skip
FORM = {"do": "merge", "seen": "1"}


def routes(server: TestServer) -> Iterator[str]:
    """Every route of the console, as RULES writes it."""
    for resource in server.app.router.resources():
        for route in resource:
            if route.method != "HEAD":
                yield f"{route.method} {route.resource.canonical if route.resource else ''}"


async def test_every_route_has_a_rule(server: TestServer) -> None:
    assert set(routes(server)) == {route.partition("?")[0] for route in RULES}


def test_an_auditor_changes_nothing() -> None:
    """But for trying a sentence, which is not kept."""
    may = {route for route, roles in RULES.items() if X in roles and route.startswith("POST")}
    assert may == {"POST /console/login", "POST /console/logout", "POST /console/trial"}
    assert not [kind for kind, step in STEPS.items() if X in step.roles]


@pytest.mark.parametrize("role", Role)
async def test_every_role_gets_in_where_it_may_and_nowhere_else(at: Desk, role: Role) -> None:
    browser = await at(LOGINS[role])
    wrong = []
    for route, roles in RULES.items():
        method, _, path = route.partition(" ")
        if path in ("/console/logout", "/console/login", "/console/static"):
            continue
        async with browser.client.request(
            method,
            path.format(**WITH),
            data=FORM if method == "POST" else None,
            headers={"Origin": browser.origin},
            allow_redirects=False,
        ) as response:
            if response.status >= 500 or (response.status != 403) is not (role in roles):
                wrong.append((route, response.status))
    assert wrong == []


@pytest.mark.parametrize("login", ["chengguan", "drifter"])
async def test_a_unit_gets_nowhere_at_an_order_of_another(
    at: Desk, world: World, login: str
) -> None:
    kept = await world.order("市住建局", ("sign",), contact="13800001111")
    browser = await at(login)
    paths = [f"/orders/{kept.number}{more}" for more in ("", "/news", "/cluster")]
    assert [(await browser.get(path)).status for path in paths] == [404] * 3
    form = {"seen": "3", "reason": "一", "text": "一", "reply": "一", "unit": "市城管局"}
    for kind in FORMS:
        response = await browser.post(f"/orders/{kept.number}/{kind}", form)
        assert response.status in (403, 404), kind
    for path in ("/", "/orders", "/work", "/board", "/notices", f"/orders?number={kept.number}"):
        assert "13800001111" not in (page := await browser.read(path))
        assert f"/orders/{kept.number}" not in page


@pytest.mark.parametrize(
    ("login", "role"), [("zhang", A), ("zhujian", H), ("ban", S), ("editor", E), ("audit", X)]
)
async def test_the_steps_of_an_order_are_for_the_roles_of_the_lifecycle(
    at: Desk, world: World, login: str, role: Role
) -> None:
    """Each step is refused to every role that the table does not name, whatever is filled in."""
    kept = await world.order("市住建局", ("sign",))
    browser = await at(login)
    form = {
        "seen": "3", "reason": "一", "basis": "一", "text": "一", "days": "1", "unit": "市城管局",
        "reply": "一", "how": "电话", "result": "一", "points": "1", "master": "1",
    }  # fmt: skip
    for kind in FORMS:
        if role not in STEPS[kind].roles:
            response = await browser.post(f"/orders/{kept.number}/{kind}", form)
            assert response.status in (403, 422), kind
    async with world.database.transaction() as connection:
        assert (await store.find(connection, kept.number)).order.version == 3


async def test_whoever_is_not_logged_in_sees_the_login_and_nothing_else(browser: Browser) -> None:
    for route in RULES:
        method, _, path = route.partition(" ")
        if path in ("/console/login", "/console/static"):
            continue
        response = await browser.client.request(
            method, path.format(**WITH), headers={"Origin": browser.origin}, allow_redirects=False
        )
        assert response.status in (303, 401), route
        if response.status == 303:
            assert "/console/login" in response.headers["Location"]
