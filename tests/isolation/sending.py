"""Forms of portal and console, sent by strangers with another company's object in the address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx2
from litestar import Litestar
from litestar.routes import HTTPRoute

from exchange import console, portal
from exchange.ids import new_id
from tests.isolation.asking import PARAMETER, VALUES, Operation

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
# What stands in the fields of most forms; a form passes over what it does not know.
FIELDS: dict[str, str] = {
    **{name: str(value) for name, value in VALUES.items() if isinstance(value, str | int)},
    "reason": "A stranger's words", "comment": "A stranger's words", "decision": "approve", "note": "A stranger's words",
    "text": "A stranger's words", "body": "A stranger's words", "title": "A stranger's words", "name": "A stranger's words",
    "roles": "viewer", "tax_id": "0100109106", "until": "2027-01-01T00:00",
}  # fmt: skip


def forms() -> Iterator[str]:
    """Path templates of every form with an object in its address."""
    app = Litestar([portal.routes(), console.routes()], openapi_config=None)
    for route in app.routes:
        if isinstance(route, HTTPRoute) and "POST" in route.methods and PARAMETER.search(route.path_format):
            yield route.path_format


class Sender:
    """Somebody's browser with the token of its forms."""

    def __init__(self, name: str, client: httpx2.AsyncClient, token: str) -> None:
        self.name = name
        self.client = client
        self.token = token
        self.sent = 0

    @classmethod
    async def open(cls, name: str, client: httpx2.AsyncClient) -> "Sender":
        page = await client.get("/account" if name != "visitor" else "/sign-in")
        found = TOKEN.search(page.text)
        assert found is not None, page.text[:300]
        return cls(name, client, found[1])

    async def send(self, path: str, ids: Mapping[str, UUID], words: Mapping[str, str]) -> httpx2.Response:
        self.sent += 1
        form: dict[str, Any] = {**FIELDS, "_csrf_token": self.token, "_key": new_id().hex, "version": "1"}
        place = Operation("POST", path, None, {name: value for name, value in words.items() if "{" + name in path}).at(ids)
        return await self.client.post(place, data=form, headers={"Origin": "http://exchange.test"})


def refused(answer: httpx2.Response) -> bool:
    """Not done: an error, or back to a page that says why."""
    return 300 <= answer.status_code < 500 or answer.status_code == 503


def gone(answer: httpx2.Response, ids: Sequence[UUID]) -> str:
    """An answer without what it was asked with: two refusals are then the same text, or tell apart what exists."""
    place = answer.headers.get("location", "")
    for own in ids:
        place = place.replace(str(own), "")
    return f"{answer.status_code} {place}"
