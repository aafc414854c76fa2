"""The OpenAPI document: Litestar's, with one problem response for everything that is refused."""

from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.enums import OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from exchange.visitors import OPEN


class DocumentPlugin(OpenAPIRenderPlugin):
    """Serves the document under /api/openapi.json, to anybody: it says what is possible, not who is a member."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._body: bytes | None = None

    def render(self, request: Request[Any, Any, State], openapi_schema: dict[str, Any]) -> bytes:
        if self._body is None:
            self._body = msgspec.json.encode(document(request.app))
        return self._body


CONFIG: Final = OpenAPIConfig(
    title="Exchange",
    version="1",
    description="Offers, RFQs, quotes, awards, contracts, orders, deliveries and payments of member companies.",
    path="/api",
    render_plugins=[DocumentPlugin()],
    components=Components(
        security_schemes={
            "key": SecurityScheme(type="http", scheme="bearer", description="An API key: ex_live_… or ex_test_…"),
            "session": SecurityScheme(
                type="apiKey",
                security_scheme_in="cookie",
                name="__Host-session",
                description="What signing in sets; named `session` on loopback without TLS.",
            ),
        }
    ),
    security=[{"key": []}, {"session": []}],
    tags=[Tag(name="market", description="What is on offer"), Tag(name="deal", description="From RFQ to settlement")],
    use_handler_docstrings=True,
)
PROBLEM_RESPONSE: Final = {
    "description": "Refused. The body says what, where and what to do.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; decide on this."},
        "request_id": {"type": "string"},
        "current": {"type": "string", "description": "The object's state now."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "data": {"type": "object"},
    },
}


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document as JSON data: API routes only, 4XX as problems."""
    # Once through JSON: defaults that are Structs become data.
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    _any_of(schema)
    schema["paths"] = {path: item for path, item in schema["paths"].items() if path.startswith("/api/v1/")}
    schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                _problems(operation["responses"])
                if (method.upper(), path) in OPEN:
                    operation["security"] = []
    return schema


def _any_of(node: Any) -> None:
    """Unions as they are: a value of several of their types, such as 8 of number and integer, is right."""
    if isinstance(node, dict):
        found = cast(dict[str, Any], node)
        if "oneOf" in found and "discriminator" not in found:
            found["anyOf"] = found.pop("oneOf")
        for inner in found.values():
            _any_of(inner)
    elif isinstance(node, list):
        for inner in cast(list[Any], node):
            _any_of(inner)


def _problems(responses: dict[str, Any]) -> None:
    for status in [status for status in responses if status.startswith("4")]:
        del responses[status]
    responses["4XX"] = PROBLEM_RESPONSE
    responses["503"] = PROBLEM_RESPONSE
