"""The market opens: operators, applications and decisions, colleagues, limits, offers by file, money on the ledger."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import msgspec

from exchange.domain.company.dossier import REQUIRED
from exchange.domain.identity.bootstrap import add_operator
from exchange.market.data import Company, Offer, Operator
from exchange.market.fill.cast import PASSWORD, Cast
from exchange.market.fill.client import FillFailed
from exchange.money import minor_text
from exchange.passwords import Passwords
from schemas.application import ApplicationDraft, ApplicationStart, ApplicationView
from schemas.approval import PolicyView, PresetIn
from schemas.common import Currency, Page
from schemas.company import (
    BankAccountIn,
    CompanyApply,
    CompanyEdit,
    CompanyFileView,
    CompanyReject,
    CompanyView,
    MemberAdd,
    MemberView,
    OwnerIn,
)
from schemas.dossier import ChecksIn, FieldCheckIn, FieldCheckView
from schemas.identity import RoleIn, RoleView
from schemas.ledger import DepositIn, DepositReject, DepositView
from schemas.offer import ImportReport, OfferRow, OfferView
from schemas.passport import PassportField, PassportGrant, PassportView
from schemas.signatory import SignatoryIn, SignatoryView

MODERATOR: Final = "moderator@exchange.example"
COMPLIANCE: Final = "compliance@exchange.example"
ENTERS: Final = "finance.one@exchange.example"
RELEASES: Final = "finance.two@exchange.example"

PAGE: Final = 100
AUTHORISATION: Final = "12/2026/UQ-PĐ"
AUTHORISED_MINOR: Final = 5_000_000_000
OWN_ROLE: Final = RoleIn(name="Thủ kho trưởng", permissions=("order.read", "delivery.receive", "message.write"))
BEGUN: Final = ApplicationStart(
    email="mai.do@trahoavang.example",
    password=PASSWORD,
    name="Đỗ Thị Mai",
    legal_name="Hợp tác xã Trà Hoa Vàng Ba Chẽ",
    country="VN",
)


class Money(msgspec.Struct, frozen=True):
    """A payment that finance sees at the bank, and what becomes of its entry."""

    company: str
    amount: str
    currency: Currency
    bank_reference: str
    becomes: str
    note: str = ""


DEPOSITS: Final = (
    Money("phu-dien", "150000000", "VND", "FT26328400817", "released"),
    Money("song-cam", "120000000", "VND", "FT26328511020", "released"),
    Money("truong-sinh", "60000000", "VND", "FT26329100433", "released"),
    Money("harbourline", "50000", "USD", "SWIFT-HL-261124-07", "released"),
    Money("van-xuan", "80000000", "VND", "FT26335200761", "entered"),
    Money("lam-giang", "90000000", "VND", "FT26335200799", "rejected", "Người chuyển là cá nhân, không phải công ty."),
)


async def add_operators(owner: asyncpg.Connection, operators: Sequence[Operator]) -> None:
    """The people who run the exchange. Everybody of the sample has the same password, which is no secret."""
    passwords = Passwords.cheap()
    try:
        hashed = await passwords.hash(PASSWORD)
    finally:
        passwords.close()
    for person in operators:
        if await add_operator(owner, person.email, person.name, hashed, person.locale, list(person.operator_roles)) is None:
            raise FillFailed(f"{person.email} belongs to a member company")


async def join(cast: Cast, company: Company) -> None:
    """A company applies, is decided upon, adds its people and says above which value it wants a second person."""
    applied = await cast.visitor().post("/companies", CompanyView, _application(company))
    cast.ids[company.key] = applied.id
    if company.status != "applied":
        operator = await cast.person(COMPLIANCE if company.profile == "default" else MODERATOR)
        path = f"/operator/companies/{applied.id}"
        await operator.post(f"{path}/take", CompanyView)
        if company.status == "rejected":
            await operator.post(f"{path}/reject", CompanyView, CompanyReject(reason=company.decision_reason))
        elif company.status == "active":
            right = ChecksIn(tuple(FieldCheckIn(field, "ok") for field in REQUIRED))
            await operator.put(f"{path}/checks", tuple[FieldCheckView, ...], right)
            await operator.post(f"{path}/approve", CompanyView)
    if company.status in ("active", "in_review"):
        await _settle_in(cast, company)


async def authorise(cast: Cast, company: Company) -> None:
    """The owner writes down on which paper those sign who do not represent the company by law."""
    owner = await cast.person(company.people[0].email)
    today = (await cast.now()).date()
    for signatory in await owner.get("/own/signatories", tuple[SignatoryView, ...]):
        if signatory.status == "incomplete":
            path = f"/own/signatories/{signatory.id}"
            paper = SignatoryIn(
                version=signatory.version,
                number=AUTHORISATION,
                issued_on=today,
                scope=("purchase", "sale"),
                limit=_limit(AUTHORISED_MINOR, company.base_currency),
                valid_from=today,
            )
            await owner.put(path, SignatoryView, paper)
            await owner.post(f"{path}/verify", SignatoryView)


async def show_file(cast: Cast, company: str, reader: str, until: datetime) -> None:
    """A member shows its verified file to another one."""
    owner = await cast.who(company, "company.write")
    fields: tuple[PassportField, ...] = ("identity", "address", "representative", "bank", "documents")
    await owner.post("/passports", PassportView, PassportGrant(reader_id=cast.ids[reader], fields=fields, until=until))


async def begin_application(cast: Cast) -> None:
    """Somebody registers and has written half an application."""
    await cast.visitor().post("/applications", CompanyView, BEGUN)
    writer = await cast.person(BEGUN.email)
    await writer.put(
        "/own/application", ApplicationView, ApplicationDraft(legal_name=BEGUN.legal_name, country="VN", region="VN-HN")
    )


def _application(company: Company) -> CompanyApply:
    first, bank = company.people[0], company.bank_account
    return CompanyApply(
        legal_name=company.legal_name,
        display_name=company.display_name,
        country=company.country,
        region=company.region,
        registration_id=company.registration_id,
        tax_id=company.tax_id,
        base_currency=company.base_currency,
        trade_roles=company.trade_roles,
        about=company.about_vi if first.locale == "vi" else company.about_en,
        website=company.website or None,
        address=company.address,
        representative=company.representative,
        representative_title=company.representative_title,
        phone=company.phone,
        contact_email=company.contact_email,
        bank=BankAccountIn(holder=bank.holder, bank_name=bank.bank_name, number=bank.number, currency=bank.currency),
        owner=OwnerIn(name=first.name, email=first.email, password=PASSWORD, locale=first.locale),
    )


async def _settle_in(cast: Cast, company: Company) -> None:
    """The owner adds roles of their own colleagues and the company's limits."""
    owner = await cast.person(company.people[0].email)
    colleagues = [
        MemberAdd(name=person.name, email=person.email, password=PASSWORD, roles=person.roles, locale=person.locale)
        for person in company.people[1:]
    ]
    await asyncio.gather(*(owner.post("/own/people", MemberView, colleague) for colleague in colleagues))
    file = await owner.get("/own/company", CompanyFileView)
    limit = _limit(company.signing_limit_minor, company.base_currency)
    await owner.patch("/own/company", CompanyFileView, CompanyEdit(version=file.company.version, signing_limit=limit))
    above = _limit(company.approval_limit_minor, company.base_currency)
    if above is not None:
        preset = PresetIn(preset="director_above", above=above)
        await owner.post("/own/policies/preset", tuple[PolicyView, ...], preset)
    if sum("signatory" in person.roles for person in company.people) > 1:
        await authorise(cast, company)
    if any("warehouse" in person.roles for person in company.people):
        await owner.post("/own/roles", RoleView, OWN_ROLE)


def _limit(minor: int | None, currency: str) -> str | None:
    return None if minor is None else minor_text(minor, currency)


async def offer(cast: Cast, company: str, offers: Sequence[Offer], now: datetime) -> None:
    """The company's own system sends its offers as one file; the cast knows them by external id from then on."""
    content = b"\n".join(msgspec.json.encode(_dated(row, now)) for row in offers)
    system = await cast.partner_system(company)
    report = await system.upload("/own/offers/import", ImportReport, f"{company}.jsonl", content)
    if report.created != len(offers):
        raise FillFailed(f"{company}: {report.created} of {len(offers)} offers were imported")
    await know_offers(cast, company, offers)


async def know_offers(cast: Cast, company: str, offers: Sequence[Offer]) -> None:
    """Read the company's live offers back; titles tell them apart."""
    seller = await cast.who(company, "offer.write")
    external = {row.offer.title: row.offer.external_id or "" for row in offers}
    cursor = ""
    while True:
        found = await seller.get("/own/offers", Page[OfferRow], limit=PAGE, **({"cursor": cursor} if cursor else {}))
        cast.offers.update({(company, external[row.title]): row for row in found.items if row.title in external})
        if found.next is None:
            return
        cursor = found.next


def _dated(row: Offer, now: datetime) -> dict[str, object]:
    """A line of the file: the offer without what it does not say."""
    offer = msgspec.structs.replace(row.offer, valid_until=now + timedelta(days=row.valid_days))
    written: dict[str, object] = msgspec.to_builtins(offer)
    return {name: value for name, value in written.items() if value is not None}


async def draft(cast: Cast, row: Offer, now: datetime) -> None:
    """An offer that its seller has written and not published."""
    seller = await cast.who(row.company, "offer.write")
    written = msgspec.structs.replace(row.offer, valid_until=now + timedelta(days=row.valid_days))
    await seller.post("/offers", OfferView, written, publish=False)


async def take_down(cast: Cast, company: str, external_id: str, action: str) -> None:
    """A live offer is paused or withdrawn."""
    seller = await cast.who(company, "offer.write")
    await seller.post(f"/offers/{cast.offers[company, external_id].id}/{action}", OfferView)


async def pay_in(cast: Cast, money: Money) -> None:
    """One operator enters what stands on the bank statement, another releases or rejects it."""
    enters, releases = await cast.person(ENTERS), await cast.person(RELEASES)
    deposit = await enters.post(
        "/operator/deposits",
        DepositView,
        DepositIn(
            company_id=cast.ids[money.company],
            amount=money.amount,
            currency=money.currency,
            bank_reference=money.bank_reference,
        ),
    )
    if money.becomes == "released":
        await releases.post(f"/operator/deposits/{deposit.id}/release", DepositView)
    elif money.becomes == "rejected":
        await releases.post(f"/operator/deposits/{deposit.id}/reject", DepositView, DepositReject(note=money.note))
