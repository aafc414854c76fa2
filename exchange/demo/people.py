"""Who takes part: companies that apply, are approved, and act through sessions; operators made by the database's owner."""

import asyncio
import secrets
from typing import Any, Final

import asyncpg
import msgspec
from stdnum.vn import mst

from exchange.demo.actor import Actor
from exchange.domain.identity.bootstrap import add_operator
from exchange.passwords import Passwords
from exchange.stack import Stack

PASSWORD: Final = "mot-mat-khau-du-dai"  # noqa: S105  of a throw-away sandbox
# What a moderator finds of each applicant of the demonstration.
EVERY_FIELD_RIGHT: Final = {
    "checks": [
        {"field": field, "result": "ok"}
        for field in ("legal_name", "registration_id", "tax_id", "address", "representative", "bank")
    ]
}
OPERATORS: Final = {
    "moderator": ["moderator"],
    "finance one": ["finance"],
    "finance two": ["finance"],
    "second moderator": ["compliance"],
    "administrator": ["administrator"],
}


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A member and its people, all signed in. `tax_id` is what its invoices carry."""

    id: str
    name: str
    tax_id: str
    owner: Actor
    email: str


def tax_number() -> str:
    """A Vietnamese tax number with the right check digit."""
    while True:
        body = f"0{secrets.randbelow(9) + 1}{secrets.randbelow(10**7):07d}"
        number = body + mst.calc_check_digit(body)
        if mst.is_valid(number):
            return number


def application(name: str, email: str, number: str, *, country: str = "VN", currency: str = "VND") -> dict[str, Any]:
    """What a company fills in when it applies."""
    return {
        "legal_name": name,
        "display_name": name,
        "country": country,
        "region": "VN-SG" if country == "VN" else country,
        "registration_id": number,
        "tax_id": number,
        "address": "12 Nguyễn Huệ, Quận 1, Thành phố Hồ Chí Minh",
        "representative": "Nguyễn Thị Hạnh",
        "representative_title": "Giám đốc",
        "base_currency": currency,
        "bank": {"holder": name, "bank_name": "Ngân hàng Sài Gòn Mới", "number": f"0600{number}", "currency": currency},
        "owner": {"name": "Nguyễn Thị Hạnh", "email": email, "password": PASSWORD, "locale": "vi"},
    }


async def operators(stack: Stack) -> dict[str, Actor]:
    """The people who run the exchange, signed in. Their password is no secret, so its hash need not be dear."""
    passwords = Passwords.cheap()
    password_hash = await passwords.hash(PASSWORD)
    passwords.close()
    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        for name, roles in OPERATORS.items():
            await add_operator(owner, _email(name), name.capitalize(), password_hash, "en", roles)
    finally:
        await owner.close()
    found = {name: Actor(stack.url, name) for name in OPERATORS}
    for name, actor in found.items():
        await actor.sign_in(_email(name), PASSWORD)
    return found


def _email(name: str) -> str:
    return f"{name.replace(' ', '.')}@exchange.example"


async def join(stack: Stack, moderator: Actor, name: str, email: str, *, sign_in: bool = True, **how: str) -> Company:
    """Apply, be taken up and approved, and sign in (but a supplier who only has offers imported)."""
    number = tax_number() if how.get("country", "VN") == "VN" else f"{secrets.randbelow(10**9):09d}"
    visitor = Actor(stack.url, name)
    applied = await visitor.post("/companies", application(name, email, number, **how))
    await moderator.post(f"/operator/companies/{applied['id']}/take")
    await moderator.put(f"/operator/companies/{applied['id']}/checks", EVERY_FIELD_RIGHT)
    await moderator.post(f"/operator/companies/{applied['id']}/approve")
    if sign_in:
        await visitor.sign_in(email, PASSWORD)
    return Company(id=applied["id"], name=name, tax_id=applied["tax_id"], owner=visitor, email=email)


async def colleague(stack: Stack, company: Company, name: str, email: str, *roles: str) -> Actor:
    """One more person of a company, signed in."""
    await company.owner.post(
        "/own/people", {"name": name, "email": email, "password": PASSWORD, "roles": list(roles), "locale": "vi"}
    )
    if "signatory" in roles:
        await authorise(company)
    actor = Actor(stack.url, name)
    await actor.sign_in(email, PASSWORD)
    return actor


async def authorise(company: Company) -> None:
    """Whoever of the company has no basis to sign yet gets an authorisation, verified by the owner."""
    for signatory in await company.owner.get("/own/signatories"):
        if signatory["status"] == "incomplete":
            at = f"/own/signatories/{signatory['id']}"
            paper = {
                "number": "01/2026/GUQ",
                "issued_on": "2026-01-05",
                "valid_from": "2026-01-05",
                "scope": ["purchase", "sale"],
            }
            await company.owner.put(at, {"version": signatory["version"], **paper})
            await company.owner.post(f"{at}/verify")


async def close_all(actors: list[Actor]) -> None:
    await asyncio.gather(*(actor.close() for actor in actors))
