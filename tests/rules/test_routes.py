"""The API as it is described is the API as it is served."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

import schemas
from exchange import api
from exchange.app import describe
from exchange.visitors import OPEN
from tests.world import Site

PREFIX = "/api/v1"
# POSTs that take no Idempotency-Key: route -> why a repetition does no harm.
KEYLESS = {
    "/session": "signing in twice makes two sessions of one person, as two browsers do",
    "/session/code": "a code counts once: a second call is refused",
    "/session/second-factor": "another key replaces the one before, which no code has confirmed",
    "/session/second-factor/confirm": "a code counts once: a second call is refused",
    "/session/second-factor/off": "off stays off, with 409",
    "/sessions/{session_id}/end": "ended stays ended, with 404",
    "/sessions/end-others": "ended stays ended",
    "/password-reset": "another link; the first one opened counts",
    "/password-reset/confirm": "a link counts once: a second call is refused",
    "/second-factor/stop": "stopped stays stopped: a second call is refused",
    "/email-verification": "another link; the first one opened counts",
    "/email-verification/confirm": "a link counts once: a second call is refused",
    "/session/passkeys/options": "another question; each counts once",
    "/session/passkeys": "a question is answered once: a second call is refused",
    "/session/passkeys/{passkey_id}/rename": "renamed stays renamed",
    "/session/passkeys/{passkey_id}/remove": "removed stays removed, with 404",
    "/session/passkey/options": "another question; each counts once",
    "/session/passkey": "a question is answered once: a second call is refused",
    "/session/step-up/options": "another question; each counts once",
    "/session/step-up/passkey": "a question is answered once: a second call is refused",
    "/session/step-up": "the same person proves the same again",
    "/session/company": "as signing in; the session before is closed",
    "/session/locale": "the same language twice is the same language",
    "/search": "only reads",
    "/threads/{thread_id}/read": "read stays read, and never back",
    "/rfqs/preview": "only reads",
    "/applications": "the e-mail is its key: a second one is refused with 409",
    "/companies": "registration number and e-mail are its key: a second one is refused with 409",
    "/own/people": "the e-mail is its key: a second one is refused with 409",
    "/own/signatories/{signatory_id}/verify": "verified stays verified; a second one is refused with 409",
    "/own/signatories/{signatory_id}/revoke": "revoked stays revoked; a second one is refused with 409",
    "/own/policies/preset": "the same preset twice changes nothing more",
    "/own/people/{person_id}/end": "a membership ends once; a second call finds nobody",
    "/own/offers/import": "an offer's external id is its key: the same file twice changes nothing",
    "/files": "a retried multipart body is never the same bytes; a copy that nothing names is seen by nobody",
    "/inbox/{notification_id}/read": "read stays read",
    "/inbox/{notification_id}/read-all": "read stays read",
    "/own/invitations/{invitation_id}/revoke": "withdrawn stays withdrawn",
    "/invitations/accept": "a token works once",
    "/invitations/join": "a token works once",
    "/keys/{key_id}/revoke": "revoked stays revoked",
    "/webhooks/{webhook_id}/{action}": "a switch that is on stays on",
    "/webhook-deliveries/{delivery_id}/again": "receivers drop a message id that they know",
    "/sandbox/clock": "a sandbox's own tool; each answer says where the clock stands",
}

DOCUMENT = describe()
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every documented operation: method, path below /api/v1, description."""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path.removeprefix(PREFIX), item[method]


def wire_types() -> list[type[msgspec.Struct]]:
    """Every Struct of schemas/ that needs no type argument."""
    modules = [import_module(f"schemas.{info.name}") for info in pkgutil.iter_modules(schemas.__path__)]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct
    }
    return sorted((kind for kind in found if not getattr(kind, "__parameters__", ())), key=lambda kind: kind.__name__)


def test_every_route_is_documented() -> None:
    """What is served under /api/v1 is in the OpenAPI document, and nothing else is."""
    app = Litestar([api.routes(sandbox=True)], openapi_config=None)
    served = {
        (method.lower(), route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX)
        for method in route.methods
        if method != "OPTIONS"
    }
    assert {(method, PREFIX + path) for method, path, _ in operations()} == served
    assert len(served) > 50


async def test_the_document_is_served(site: Site) -> None:
    """A partner reads it without a key, as plain JSON data."""
    client = await site.client()
    answer = await client.get("/api/openapi.json")
    assert (answer.status_code, answer.json()) == (200, DOCUMENT)


def test_every_route_says_what_it_does() -> None:
    """A summary and a tag each, and no two with the same name."""
    silent = [path for _, path, operation in operations() if not operation.get("summary") or not operation.get("tags")]
    names = [operation["operationId"] for _, _, operation in operations()]
    assert silent == []
    assert len(set(names)) == len(names)


def test_every_write_takes_a_key_or_says_why_not() -> None:
    """A POST that creates or moves something has one effect for one Idempotency-Key."""
    posts = {path: operation for method, path, operation in operations() if method == "post"}
    keyless = {
        path
        for path, operation in posts.items()
        if not any(item["name"] == "Idempotency-Key" and item["required"] for item in operation.get("parameters", ()))
    }
    assert keyless == set(KEYLESS)


def test_every_refusal_is_a_problem() -> None:
    """4XX and 503 of every route are application/problem+json; no other error is promised."""
    for method, path, operation in operations():
        refusals = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
        assert sorted(refusals) == ["4XX", "503"], f"{method} {path}"
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())


def test_open_routes_are_known() -> None:
    """Only applying, joining by invitation and the ways of signing in need nobody signed in, and the document says so."""
    assert {
        (method.upper(), PREFIX + path) for method, path, operation in operations() if operation.get("security") == []
    } == OPEN
    assert len(OPEN) == 11


async def test_a_visitor_is_let_in_nowhere_else(site: Site) -> None:
    """Every other route answers 401 before it reads a path or a body."""
    client = await site.client()
    answered: dict[str, int] = {}
    for method, path, _ in operations():
        if (method.upper(), PREFIX + path) not in OPEN:
            place = path.replace("{action}", "publish")
            answer = await client.request(method.upper(), PREFIX + place, content=b"[[[")
            if answer.status_code != 401 or answer.headers["content-type"] != "application/problem+json":
                answered[f"{method} {path}"] = answer.status_code
    assert answered == {}


@pytest.mark.parametrize("kind", wire_types(), ids=lambda kind: kind.__name__)
def test_every_wire_type_can_be_read_and_described(kind: type[msgspec.Struct]) -> None:
    """A constraint that msgspec cannot build fails here, not in a member's request."""
    decoder = msgspec.json.Decoder(kind)
    with pytest.raises(msgspec.DecodeError):
        decoder.decode(b"[[[")
    assert msgspec.json.schema(kind)["$ref"]
