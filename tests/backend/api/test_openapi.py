"""The document of the API is valid, and says what the API does."""

from openapi_spec_validator import validate

from backend.api.app import api_app
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


async def test_it_names_every_address(partners: Partners, world: World) -> None:
    paths = (await partners.having("").get("/openapi.json")).body["paths"]
    named = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs}
    for route in api_app(world.services).router.routes():
        if route.method == "HEAD" or route.resource is None:
            continue
        path = route.resource.canonical
        steps = {p.partition("/steps/")[2] for _, p in named if "/steps/" in p}
        wanted = [path.replace("{step}", step) for step in steps] if "{step}" in path else [path]
        assert {(route.method, one) for one in wanted} <= named
