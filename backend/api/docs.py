"""The OpenAPI document as a page for people."""

from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from backend.api.openapi import document
from backend.api.orders import CITY_WORDS

routes = web.RouteTableDef()
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@routes.get("/docs", name="docs")
async def show(request: web.Request) -> web.Response:
    """Every address with what it takes and gives, and the types they are made of."""
    known = document(request.config_dict[CITY_WORDS])
    text = TEMPLATES.get_template("docs.html").render(document=known, typed=typed)
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def typed(schema: dict[str, Any]) -> str:
    """A schema in a few words: its type, its bounds, and what it is made of."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(typed(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " ".join(str(one) or "''" for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    inner = f"[{typed(schema['items'])}]" if schema.get("items") else ""
    bounds = [f"{name} {schema[name]}" for name in _BOUNDS if name in schema]
    return " ".join((f"{schema.get('type', 'any')}{inner}", *bounds))


_BOUNDS = ("format", "minLength", "maxLength", "minimum", "maximum", "default")
