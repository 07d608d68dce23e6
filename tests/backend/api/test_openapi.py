"""The document of the API is valid, and says what the API does."""

from pathlib import Path

from aiohttp import ClientSession
from openapi_spec_validator import validate

from backend.api.app import api_app
from backend.files import Folder
from tests.backend.office import World

from .platform import Partners


async def test_the_document_is_valid_and_open_to_all(partners: Partners) -> None:
    answer = await partners.having("").get("/openapi.json")
    assert answer.status == 200
    assert answer.body["openapi"] == "3.1.0"
    validate(answer.body)
    new = answer.body["components"]["schemas"]["NewOrder"]
    assert new["required"] == ["facts", "type"]
    assert "市政/路灯" in new["properties"]["category"]["enum"]


async def test_people_read_it_as_a_page(partners: Partners) -> None:
    address = partners.server.make_url("/api/v1/docs")
    async with ClientSession() as session, session.get(address) as response:
        page = await response.text()
    assert "<script" not in page
    for words in ("/orders/{number}/steps/reopen", "Idempotency-Key", "NewOrder", "orders:write"):
        assert words in page


async def test_it_names_every_address(partners: Partners, world: World) -> None:
    paths = (await partners.having("").get("/openapi.json")).body["paths"]
    named = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs}
    for route in api_app(world.services, folder=Folder(Path("none"))).router.routes():
        if route.method == "HEAD" or route.resource is None:
            continue
        path = route.resource.canonical
        steps = {p.partition("/steps/")[2] for _, p in named if "/steps/" in p}
        wanted = [path.replace("{step}", step) for step in steps] if "{step}" in path else [path]
        assert {(route.method, one) for one in wanted} <= named
