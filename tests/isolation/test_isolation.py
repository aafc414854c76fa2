"""The matrix: every route x every role x another company's object, with both walls, and with each wall alone."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import httpx2
import pytest

from exchange import gate
from exchange.domain import permission
from exchange.domain.identity.keys import new_secret
from exchange.domain.identity.service import token_hash
from exchange.ids import new_id
from tests.browser.routes import pages
from tests.isolation.asking import (
    DOCUMENT,
    LEFT_OUT,
    PARAMETER,
    Operation,
    Unknown,
    body_of,
    given_away,
    operations,
)
from tests.isolation.marks import MARK
from tests.isolation.sending import Sender, forms, gone, refused
from tests.isolation.victims import AMOUNTS, HIDDEN, SHOWN, Victims, rows_of, victims
from tests.world import ALL_SCOPES, Site, World

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ROLES = sorted(permission.ANYBODY)
TABLES = """
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
ORDER BY 1
"""
# What anybody may know by its id.
PUBLIC = """
SELECT id FROM company WHERE status <> 'applied' UNION SELECT id FROM market
UNION SELECT id FROM offer WHERE status = 'live' AND visibility = 'all'
UNION SELECT id FROM rfq WHERE status <> 'draft' AND mode = 'open'
UNION SELECT (l ->> 'id')::uuid FROM rfq, jsonb_array_elements(lines) AS l WHERE status <> 'draft' AND mode = 'open'
"""
# What operators do for members, by the members' routes.
OPERATORS_MAY = {"POST /api/v1/erasures/{erasure_id}/take-back"}
# Parameters of pages that name no object.
WORDS = {"kind": "order", "action": "confirm"}
# Pages that are not asked, and why.
PAGES_LEFT_OUT = {"/live": "a stream"}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor may ask more here than in a minute outside."""
    monkeypatch.setattr(gate, "VISITOR_LIMIT", "1000000/minute")
    monkeypatch.setattr(logging.getLogger("httpx2"), "level", logging.WARNING)


class Asker:
    """One way to be somebody, and what was asked."""

    def __init__(self, name: str, client: httpx2.AsyncClient) -> None:
        self.name = name
        self.client = client
        self.asked = 0

    async def ask(self, operation: Operation, ids: Mapping[str, UUID]) -> httpx2.Response:
        self.asked += 1
        body = None if operation.schema is None else body_of(operation.schema, ids)
        headers = {"Idempotency-Key": new_id().hex, "Origin": "http://exchange.test"} if operation.method != "GET" else {}
        return await self.client.request(operation.method, operation.at(ids), json=body, headers=headers)


async def strangers(site: Site) -> list[Asker]:
    """A third company: a person for each role, one with all of them, a key with every scope; an applicant; an operator."""
    world = site.world
    boss = await world.company("Stranger", roles=tuple(ROLES))
    found = [Asker("all roles", await site.client(boss))]
    secret = new_secret("test")
    await world.owner.execute(
        """INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes)
        VALUES ($1, $2, $3, 'Key', 'ex_test_', $4, $5)""",
        new_id(), boss.company, boss.person, token_hash(secret), ALL_SCOPES,
    )  # fmt: skip
    key = await site.client()
    key.headers["authorization"] = f"Bearer {secret}"
    found.append(Asker("key", key))
    for role in ROLES:
        person = await world.person(boss.company, "Stranger", role, role)
        found.append(Asker(role, await site.client(person)))
    found.append(Asker("applicant", await site.client(await world.company("Hopeful", status="applied"))))
    found.append(Asker("visitor", await site.client()))
    found.append(Asker("operator", await site.client(await world.operator(*operator_roles()))))
    return found


def operator_roles() -> tuple[str, ...]:
    return tuple(sorted(frozenset().union(*permission.OPERATOR.values())))


async def secrets_of(world: World, found: Victims) -> dict[str, re.Pattern[str]]:
    """The marks, the amounts, and every id of a row of theirs that is not public."""
    tables = [row["relname"] for row in await world.owner.fetch(TABLES)]
    rows = await rows_of(world.owner, tables, ())
    ids = {text for found_rows in rows.values() for row in found_rows for text in UUIDS.findall(row)}
    public = {str(row["id"]) for row in await world.owner.fetch(PUBLIC)}
    return {
        "a mark": re.compile(MARK, re.IGNORECASE),
        "an amount": re.compile("|".join(AMOUNTS)),
        "an id": re.compile("|".join(sorted(ids - public))),
    }


def leaks(label: str, answer: httpx2.Response, secrets: Mapping[str, re.Pattern[str]], named: Sequence[UUID]) -> list[str]:
    """What an answer gives away, apart from the ids that were asked with."""
    text = f"{answer.headers}\n{answer.text}"
    for own in named:
        text = text.replace(str(own), "")
    found = given_away(text, secrets)
    # 503: there is no matcher in this test.
    if answer.status_code >= 500 and answer.status_code != 503:
        found.append(f"status {answer.status_code}")
    return [f"{label}: {what}" for what in found]


def same(one: httpx2.Response, other: httpx2.Response) -> bool:
    """Whether two refusals tell apart what exists from what does not."""
    if one.status_code != other.status_code:
        return False
    kind = one.headers.get("content-type", "")
    return "json" not in kind or one.status_code < 400 or one.json().get("code") == other.json().get("code")


async def api_matrix(askers: Sequence[Asker], found: Victims, every: Mapping[str, re.Pattern[str]]) -> list[str]:
    """Each operation by each asker, with hidden objects and with ids that nobody has."""
    wrong: list[str] = []
    hidden, shown = await found.ids(HIDDEN, 2), await found.ids(SHOWN, 1)
    for operation in operations():
        for asker in askers:
            # An operator reads what is for operators, files and applicants; but never a price, and changes nothing.
            if asker.name == "operator" and ("/operator/" in operation.path or operation.label in OPERATORS_MAY):
                continue
            operating = asker.name == "operator"
            secrets = {"an amount": every["an amount"]} if operating else every
            label = f"{asker.name} {operation.label}"
            unknown = await asker.ask(operation, Unknown())
            wrong += leaks(f"{label} with nothing", unknown, secrets, ())
            for given in tried(operation, hidden):
                answer = await asker.ask(operation, given)
                wrong += leaks(label, answer, secrets, list(given.values()))
                if not operating and not same(answer, unknown):
                    wrong.append(f"{label}: {answer.status_code} {answer.text[:80]} and not {unknown.status_code}")
            if operation.method == "GET" and set(operation.parameters) & shown.keys():
                for given in tried(operation, {**hidden, **shown}):
                    wrong += leaks(f"{label} of what is shown", await asker.ask(operation, given), secrets, list(given.values()))
    return wrong


def tried(operation: Operation, ids: Mapping[str, Sequence[UUID]]) -> Iterator[dict[str, UUID]]:
    """As many sets of objects as the parameters of the path have; one for a route with a body alone."""
    kinds = [operation.kind(name) for name in operation.parameters]
    if not kinds and not UUIDS.search(repr(operation.schema and body_of(operation.schema, Unknown()))):
        return
    for number in range(max((len(ids[kind]) for kind in kinds), default=1)):
        yield {name: values[min(number, len(values) - 1)] for name, values in ids.items() if values}


async def page_matrix(askers: Sequence[Asker], found: Victims, secrets: Mapping[str, re.Pattern[str]]) -> list[str]:
    """Each page by each asker but operators, whose console shows everything."""
    wrong: list[str] = []
    hidden, shown = await found.ids(HIDDEN, 1), await found.ids(SHOWN, 1)
    for path in sorted(pages() - PAGES_LEFT_OUT.keys()):
        page = Operation("GET", path, None, {name: value for name, value in WORDS.items() if "{" + name in path})
        for asker in askers:
            if asker.name in ("operator", "key"):
                continue
            unknown = await asker.ask(page, Unknown())
            wrong += leaks(f"{asker.name} {path} with nothing", unknown, secrets, ())
            if not page.parameters:
                continue
            given = next(iter(tried(page, hidden)))
            answer = await asker.ask(page, given)
            wrong += leaks(f"{asker.name} {path}", answer, secrets, list(given.values()))
            if answer.status_code != unknown.status_code:
                wrong.append(f"{asker.name} {path}: {answer.status_code} and not {unknown.status_code}")
            if set(page.parameters) & shown.keys():
                public = next(iter(tried(page, {**hidden, **shown})))
                wrong += leaks(
                    f"{asker.name} {path} of what is shown", await asker.ask(page, public), secrets, list(public.values())
                )
    return wrong


async def form_matrix(senders: Sequence[Sender], found: Victims, secrets: Mapping[str, re.Pattern[str]]) -> list[str]:
    """Each form by each sender with a hidden object and with ids that nobody has: refused alike, and nothing is given away."""
    wrong: list[str] = []
    hidden = await found.ids(HIDDEN, 1)
    for path in sorted(set(forms())):
        page = Operation("POST", path, None, {name: value for name, value in WORDS.items() if "{" + name in path})
        given = next(iter(tried(page, hidden)), {})
        for sender in senders:
            nothing = Unknown()
            unknown, answer = await sender.send(path, nothing, WORDS), await sender.send(path, given, WORDS)
            label = f"{sender.name} POST {path}"
            wrong += leaks(label, answer, secrets, list(given.values()))
            if not refused(answer):
                wrong.append(f"{label}: {answer.status_code}")
            if gone(answer, list(given.values())) != gone(unknown, list(nothing.values())):
                wrong.append(f"{label}: {gone(answer, list(given.values()))} and not {gone(unknown, list(nothing.values()))}")
    return wrong


async def own_ids(world: World) -> list[str]:
    """Companies and people that are not the victims: rows that speak of them are their own doing."""
    rows = await world.owner.fetch(
        """SELECT id FROM company WHERE display_name IN ('Stranger', 'Hopeful') UNION SELECT m.person_id FROM membership AS m
        JOIN company AS c ON c.id = m.company_id WHERE c.display_name IN ('Stranger', 'Hopeful')
        UNION SELECT id FROM person WHERE cardinality(operator_roles) > 0"""
    )
    return [str(row["id"]) for row in rows]


def test_every_route_has_a_row() -> None:
    """A route with a parameter that the matrix does not know fails here; what is left out exists."""
    asked = {operation.kind(name) for operation in operations() for name in operation.parameters}
    asked |= {name for path in (*pages(), *forms()) for name in PARAMETER.findall(path)} - WORDS.keys()
    assert asked - HIDDEN.keys() == set(), "give the victims such an object, and name it in victims.HIDDEN"
    labels = {f"{method.upper()} {path}" for path, item in DOCUMENT["paths"].items() for method in item}
    assert LEFT_OUT.keys() - labels == set()
    assert PAGES_LEFT_OUT.keys() - pages() == set()


async def prepared(site: Site) -> tuple[Victims, list[Asker], dict[str, re.Pattern[str]]]:
    """Victims with something of everything; strangers come after, so that no secret is theirs."""
    found = await victims(site.world)
    for file in await site.world.owner.fetch("SELECT id FROM file"):
        await site.deps.files.put(file["id"], f"{MARK} bytes".encode())
    missing = [name for name, ids in (await found.ids(HIDDEN, 1)).items() if not ids]
    assert missing == []
    secrets = await secrets_of(site.world, found)
    return found, await strangers(site), secrets


@contextmanager
def without_application_checks() -> Iterator[None]:
    """Everybody may do everything, as far as the services are asked: row security is alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permission, "may", lambda _ctx, _permission: True)
        patch.setattr(permission, "need_scope", lambda _ctx, _permission: None)
        yield


@contextmanager
def without_services_checks() -> Iterator[None]:
    """The services show what they find to everybody."""
    asked = permission.show
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("exchange.") and getattr(module, "show", None) is asked:
                patch.setattr(module, "show", lambda _ctx, _noun, *_companies: None)
        yield


async def test_nobody_sees_or_changes_what_is_not_theirs(site: Site) -> None:
    """With both walls, with row security alone and with the services' checks alone; with neither, the control, all is open.

    No secret in any answer, no difference between what is hidden and what does not exist, and no row changed.
    """
    world = site.world
    found, askers, secrets = await prepared(site)
    own = await own_ids(world)
    tables = [row["relname"] for row in await world.owner.fetch(TABLES)]
    before = await rows_of(world.owner, tables, own)
    wrong = {"both walls": await api_matrix(askers, found, secrets) + await page_matrix(askers, found, secrets)}
    few = askers[:2]
    senders = [await Sender.open(asker.name, asker.client) for asker in askers if asker.name in ("all roles", "visitor")]
    wrong["forms, both walls"] = await form_matrix(senders, found, secrets)
    with without_application_checks():
        wrong["row security alone"] = await api_matrix(few, found, secrets) + await page_matrix(few, found, secrets)
        wrong["forms, row security alone"] = await form_matrix(senders[:1], found, secrets)
    for table in tables:
        await world.owner.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    wrong["services alone"] = await api_matrix(few, found, secrets) + await page_matrix(few, found, secrets)
    wrong["forms, services alone"] = await form_matrix(senders[:1], found, secrets)
    after = await rows_of(world.owner, tables, own)
    changed = {table: sorted(rows - after[table])[:3] for table, rows in before.items() if rows - after[table]}
    if found_wrong := [f"{name}: {item}" for name, items in wrong.items() for item in items]:
        pytest.fail("\n".join(found_wrong))
    assert changed == {}
    assert sum(asker.asked for asker in askers) > 4000
    assert sum(sender.sent for sender in senders) > 300
    with without_services_checks():
        control = await api_matrix(askers[:1], found, secrets)
    assert len({item.partition(": ")[0] for item in control}) >= 25
