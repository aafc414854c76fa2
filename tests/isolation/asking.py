"""Requests to every route: paths with given objects, bodies that pass the schema, and what an answer gives away."""

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from exchange.app import describe

DOCUMENT = describe()
METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"{(\w+)}")
# Operations that are not asked, and why.
LEFT_OUT = {
    "GET /api/v1/live": "a stream; its contents are those of the feed",
    "DELETE /api/v1/session": "ends the session that asks",
    "POST /api/v1/session": "no session yet",
    "POST /api/v1/session/company": "changes the session that asks",
    "POST /api/v1/sandbox/clock": "moves the clock for everybody",
    "POST /api/v1/companies": "takes no object, and hashes a password",
    "POST /api/v1/own/people": "takes no object, and hashes a password",
    "POST /api/v1/files": "takes no object; its bytes are the asker's own",
    "POST /api/v1/own/offers/import": "takes no object; its bytes are the asker's own",
}
# What a field of this name holds in a request that passes the schema.
VALUES: dict[str, object] = {
    "currency": "VND", "region": "VN-SG", "ship_from": "VN-SG", "regions": ["VN"], "unit": "C62", "category": "other",
    "vat_code": "VN10", "quantity": "10", "price": "1000", "min_quantity": "1", "accepted": "1", "rejected": "0", "share": "100",
    "attribute": "weight", "op": ">=", "value": 1, "digest": "0" * 64, "email": "x@stranger.example", "url": "https://example.com/x",
    "password": "correct horse battery", "net": "1", "vat": "1", "seller_tax_id": "0100109106", "buyer_tax_id": "0100109106",
    "payment": "direct_after_acceptance", "code": "123456", "version": 1, "locale": "en", "amount": "1",
}  # fmt: skip
FUTURE = (datetime.now(UTC) + timedelta(days=40)).isoformat()
TODAY = datetime.now(UTC).date().isoformat()


class Operation(msgspec.Struct, frozen=True):
    """One route with one method; `parameters` are the objects in its path, `schema` that of its JSON body."""

    method: str
    path: str
    schema: dict[str, Any] | None = None
    choices: dict[str, str] = {}

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(name for name in PARAMETER.findall(self.path) if name not in self.choices)

    def kind(self, parameter: str) -> str:
        """Under which name the objects of a parameter are kept."""
        part = self.path.partition("{" + parameter)[0].rstrip("/").rpartition("/")[2]
        return f"{parameter} of {part}" if f"{parameter} of {part}" in SPECIAL else parameter

    def at(self, ids: Mapping[str, UUID]) -> str:
        given = {**self.choices, **{name: str(ids[self.kind(name)]) for name in self.parameters}}
        return PARAMETER.sub(lambda found: given[found[1]], self.path)


# The same name for two kinds of objects.
SPECIAL = {"delivery_id of webhook-deliveries"}


def operations() -> Iterator[Operation]:
    """Every operation of the API; one with a choice in its path once for each choice."""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item and f"{method.upper()} {path}" not in LEFT_OUT:
                described = item[method]
                content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
                bare = Operation(method.upper(), path, content.get("schema"))
                choices = {
                    part["name"]: part["schema"].get("enum", ["other"])
                    for part in described.get("parameters", ())
                    if part["in"] == "path" and part["schema"].get("format") != "uuid"
                }
                if not choices:
                    yield bare
                for name, values in choices.items():
                    for value in values:
                        yield msgspec.structs.replace(bare, choices={name: value})


def body_of(schema: Mapping[str, Any], ids: Mapping[str, UUID], name: str = "", depth: int = 0) -> Any:
    """A value of this schema: what must be there and every id, taken from `ids` by the name of its field."""
    schema = _resolved(schema)
    if schema.get("format") == "uuid":
        return str(ids.get(name) or ids.get(name.removesuffix("s")) or ids["company_id"])
    if name in VALUES and "properties" not in schema:
        return VALUES[name]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            options = [item for item in schema[key] if item.get("type") != "null" and item]
            return body_of({**schema, **_resolved(options[0]), key: []} if options else {}, ids, name, depth)
    match schema.get("type"):
        case "object":
            return _object(schema, ids, depth)
        case "array":
            few = max(1, schema.get("minItems", 1)) if depth < 6 else 0
            return [body_of(schema.get("items", {}), ids, name, depth + 1)] * few
        case "integer" | "number":
            return max(1, int(schema.get("minimum", 1)))
        case "boolean":
            return False
        case _:
            return _text(schema, name)


def _object(schema: Mapping[str, Any], ids: Mapping[str, UUID], depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {
        field: body_of(part, ids, field, depth + 1)
        for field, part in schema.get("properties", {}).items()
        if field in required or ((field.endswith("_id") or field in ("invite", "lines")) and depth < 6)
    }


def _text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") == "date-time" or name.endswith(("_at", "until")):
        return FUTURE
    if schema.get("format") == "date" or name.endswith("_on"):
        return TODAY
    if schema.get("examples"):
        return str(schema["examples"][0])
    return "A stranger's words"[: schema.get("maxLength", 100)]


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", ()):
        schema = {**schema, **_resolved(part)}
    return schema


class Unknown(dict[str, UUID]):
    """Ids that nobody has, for every parameter."""

    def __missing__(self, name: str) -> UUID:
        self[name] = uuid.uuid4()
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:  # pyright: ignore
        return self[name]


DIGITS = re.compile(r"(?<=\d)[.,\s\u202f\u00a0](?=\d)")
NONCE = re.compile(r"nonce-[^'\"]+|nonce=\"[^\"]+\"")


def given_away(text: str, secrets: Mapping[str, re.Pattern[str]]) -> list[str]:
    """Which secrets stand in an answer, however its numbers are written."""
    joined = DIGITS.sub("", text)
    return [name for name, pattern in secrets.items() if pattern.search(joined)]
