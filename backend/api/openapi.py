"""The OpenAPI 3.1 document of the API, made from the types that the handlers use."""

from typing import Any

import msgspec
from aiohttp import web

from backend.api.model import (
    STEPS,
    Attachments,
    AttachmentView,
    Created,
    NewOrder,
    OrderView,
    Page,
    Progress,
    Progresses,
    Subscribed,
    Subscription,
    Waiting,
)
from backend.api.orders import CITY_WORDS, LONGEST_PAGE, City
from backend.api.problem import MEDIA_TYPE, Problem
from backend.orders.lifecycle import STEPS as LIFECYCLE
from backend.orders.lifecycle import State
from backend.platforms import Scope

routes = web.RouteTableDef()
Json = dict[str, Any]
TYPES = (NewOrder, *STEPS.values(), Created, OrderView, Page, Progress, Progresses)
OTHERS = (Attachments, AttachmentView, Subscription, Subscribed, Waiting, Problem)
PROBLEMS = {
    "400": "not JSON, or a parameter that cannot be read",
    "401": "no valid key",
    "403": "the key has no such scope, or the order may only be read",
    "404": "no such order of this platform",
    "409": "not allowed now; `detail` says why",
    "412": "changed meanwhile: not the version of If-Match",
    "413": "more than 1 MB; with attachments, than 91 MB",
    "415": "not multipart/form-data, where files are sent",
    "422": "a field is wrong, or the Idempotency-Key was used for another request",
    "429": "too many requests; wait Retry-After seconds",
    "503": "the database is away; nothing was done",
}


@routes.get("/openapi.json", name="openapi")
async def show(request: web.Request) -> web.Response:
    """The document."""
    return web.json_response(document(request.config_dict[CITY_WORDS]))


def document(city: City) -> Json:
    """What the API can do. `city` names the categories and areas that orders may have."""
    _, schemas = msgspec.json.schema_components(
        (*TYPES, *OTHERS), ref_template="#/components/schemas/{name}"
    )
    _name_words(schemas["NewOrder"]["properties"], city)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huiying 回应",
            "version": "1",
            "description": "Orders of the 12345 hotline for other platforms. See docs/api.md.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": _paths(),
        "webhooks": {"progress": {"post": _webhook()}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _name_words(properties: Json, city: City) -> None:
    for name, words in (("category", city.categories), ("area", city.areas)):
        if words:
            properties[name]["enum"] = ["", *sorted(words)]


def _paths() -> Json:
    number = _parameter("number", "path", "the order's number")
    key = _parameter("Idempotency-Key", "header", "new for each new request")
    found = [
        _parameter("state", "query", "only in this state", enum=list(State)),
        _parameter("external_number", "query", "the platform's own number"),
        _parameter("updated_since", "query", "ISO 8601", format="date-time"),
        _parameter("cursor", "query", "from the page before"),
        _limited("limit", LONGEST_PAGE),
    ]
    return {
        "/orders": {
            "post": _operation("create", Scope.WRITE, [key | {"required": True}], Created, NewOrder)
            | {"summary": "File an order"},
            "get": _operation("list", Scope.READ, found, Page)
            | {"summary": "The platform's orders, the longest unchanged first"},
        },
        "/orders/{number}": {
            "get": _operation("read", Scope.READ, [number], OrderView) | {"summary": "One order"}
        },
        "/orders/{number}/events": {
            "get": _operation("events", Scope.READ, [number], Progresses)
            | {"summary": "What happened to it"}
        },
        **{f"/orders/{{number}}/steps/{kind}": {"post": _step(kind)} for kind in STEPS},
        "/webhook": {
            "put": _operation("subscribe", Scope.WEBHOOKS, [], Subscribed, Subscription)
            | {"summary": "Be told there; gives a new secret"},
            "get": _operation("subscription", Scope.WEBHOOKS, [], Waiting)
            | {"summary": "Where the platform is told, and what waits"},
            "delete": _operation("unsubscribe", Scope.WEBHOOKS, [], None)
            | {"summary": "Be told nothing any more"},
        },
        **_attachments(number),
        "/openapi.json": {"get": _open()},
        "/docs": {"get": _page()},
    }


def _attachments(number: Json) -> Json:
    one = _parameter("id", "path", "the attachment's id")
    seen = _parameter("If-Match", "header", "the version that was seen: keeps a repeat out")
    added = _operation("attach", Scope.ATTACHMENTS, [number, seen], Attachments)
    added["responses"]["201"] = added["responses"].pop("200")
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    fields = {"type": "object", "properties": {"file": files, "text": {"type": "string"}}}
    added["requestBody"] = {
        "required": True,
        "content": {"multipart/form-data": {"schema": {**fields, "required": ["file"]}}},
    }
    fetched = _operation("attachment", Scope.ATTACHMENTS, [number, one], None)
    fetched["responses"]["200"] = fetched["responses"].pop("204")
    listed = _operation("attachments", Scope.ATTACHMENTS, [number], Attachments)
    return {
        "/orders/{number}/attachments": {
            "get": listed | {"summary": "Its pictures and papers"},
            "post": added | {"summary": "Add pictures and papers, as a note"},
        },
        "/orders/{number}/attachments/{id}": {"get": fetched | {"summary": "One file"}},
    }


def _page() -> Json:
    answer = {"description": "this document for people", "content": {"text/html": {"schema": {}}}}
    return {"operationId": "docs", "security": [], "responses": {"200": answer}}


def _step(kind: str) -> Json:
    parameters = [
        _parameter("number", "path", "the order's number"),
        _parameter("If-Match", "header", "the version that was seen, from ETag"),
        _parameter("Idempotency-Key", "header", "new for each new request"),
    ]
    operation = _operation(kind, Scope.ACT, parameters, Created, STEPS[kind])
    return operation | {"summary": LIFECYCLE[kind].name}


def _operation(
    name: str, scope: Scope, parameters: list[Json], gives: type | None, takes: type | None = None
) -> Json:
    answers: Json = {"200": _body(gives, "done")} if gives else {"204": {"description": "done"}}
    if name == "create" and gives:
        answers["201"] = _body(gives, "filed; 200 if this external_number was filed before")
    operation: Json = {
        "operationId": name,
        "description": f"Needs the scope `{scope}`.",
        "parameters": parameters,
        "responses": answers | _problems(),
    }
    if takes is not None:
        operation["requestBody"] = {
            "required": name in ("create", "subscribe"),
            "content": _content(takes),
        }
    return operation


def _problems() -> Json:
    reference = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": reference}}
    return {code: {"description": why, "content": content} for code, why in PROBLEMS.items()}


def _body(gives: type, description: str) -> Json:
    return {"description": description, "content": _content(gives)}


def _content(form: type) -> Json:
    reference = {"$ref": f"#/components/schemas/{form.__name__}"}
    return {"application/json": {"schema": reference}}


def _parameter(name: str, place: str, description: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string", **schema},
    }


def _limited(name: str, most: int) -> Json:
    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return _parameter(name, "query", "orders a page") | {"schema": schema}


def _open() -> Json:
    answer = {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {}}}}
    return {"operationId": "openapi", "security": [], "responses": {"200": answer}}


def _webhook() -> Json:
    signature = _parameter("X-Huiying-Signature", "header", "t=seconds,v1=HMAC-SHA256 in hex")
    return {
        "operationId": "progress",
        "security": [],
        "parameters": [signature],
        "requestBody": {"required": True, "content": _content(Progress)},
        "responses": {"2XX": {"description": "taken; anything else is sent again"}},
    }
