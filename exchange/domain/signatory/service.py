"""Signatories: an authorisation is written down, verified by an owner, revoked; and every signature is held against it."""

from datetime import date
from uuid import UUID

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.file import service as files
from exchange.domain.permission import may, need, need_person, need_step_up
from exchange.domain.signatory import store
from exchange.domain.signatory.model import LIFECYCLE, AnotherOwner, NotByLaw, Signatory, within
from exchange.errors import NotFound, WrongState, invalid
from exchange.money import NotAnAmount, decode_amount, minor_text
from schemas.signatory import Side, SignatoryIn, SignatoryView


async def listed(tx: Tx) -> list[Signatory]:
    """Those who have the role signatory at the acting company."""
    need(tx.ctx, "company.read")
    return await store.listed(tx, tx.ctx.company)


async def get(tx: Tx, signatory: UUID) -> Signatory:
    found = await store.get(tx, tx.ctx.company, signatory)
    if found is None:
        raise NotFound(noun="signatory")
    return found


async def propose(tx: Tx, signatory: UUID, command: SignatoryIn) -> Signatory:
    """Write an authorisation down, anew if it was verified; nobody signs under it before an owner has verified it."""
    need_person(tx.ctx, "signatory.write")
    need_step_up(tx.ctx)
    before = await get(tx, signatory)
    if before.basis == "legal_representative":
        raise NotByLaw
    if command.valid_until is not None and command.valid_until < command.valid_from:
        raise invalid("/valid_until", "too-early", "The end must not be before the start.")
    if command.file_id is not None:
        await files.attach(tx, command.file_id, "document", (), "/file_id")
    currency = await store.base_currency(tx, tx.ctx.company)
    limit = (None, None) if command.limit is None else (_limit(command.limit, currency), currency)
    version = await store.propose(
        tx,
        tx.ctx.company,
        before.id,
        command.version,
        command.number,
        command.issued_on,
        sorted(set(command.scope)),
        limit,
        (command.valid_from, command.valid_until),
        command.file_id,
    )
    if version is None:
        raise WrongState(noun="signatory", current=f"v{before.version}")
    step = LIFECYCLE.step("propose")
    await events.append(tx, step.event, before.id, version, from_state=before.status, to_state=step.to)
    return await get(tx, signatory)


def _limit(text: str, currency: str) -> int:
    try:
        return decode_amount(text, currency)
    except NotAnAmount as error:
        raise invalid("/limit", error.code, error.detail, **error.data) from error


async def verify(tx: Tx, signatory: UUID) -> Signatory:
    """An owner has seen the authorisation; another one than the signatory, where the company has two."""
    return await _move(tx, signatory, "verify")


async def revoke(tx: Tx, signatory: UUID) -> Signatory:
    """It holds no longer; what was signed under it stands."""
    return await _move(tx, signatory, "revoke")


async def _move(tx: Tx, signatory: UUID, action: str) -> Signatory:
    step = LIFECYCLE.step(action)
    need_person(tx.ctx, step.who)
    need_step_up(tx.ctx)
    before = await get(tx, signatory)
    if action == "revoke" and before.basis == "legal_representative":
        raise NotByLaw
    verifies_own = action == "verify" and before.person_id == tx.ctx.person
    if verifies_own and before.status in step.from_ and await another_owner(tx):
        raise AnotherOwner
    version = await store.move(tx, tx.ctx.company, before.id, step.from_, step.to, tx.ctx.person)
    if version is None:
        raise WrongState(noun="signatory", current=before.status)
    await events.append(tx, step.event, before.id, version, from_state=before.status, to_state=step.to)
    return await get(tx, signatory)


async def another_owner(tx: Tx) -> bool:
    """Whether the acting company has an owner besides the acting person: then nobody verifies for themselves."""
    return tx.ctx.person_id is not None and await store.another_owner(tx, tx.ctx.company, tx.ctx.person)


async def basis_of(tx: Tx, side: Side, currency: str, gross_minor: int, today: date) -> Signatory:
    """On which basis the acting person signs a contract of this side and value today. Raises what speaks against it."""
    return within(await store.get(tx, tx.ctx.company, tx.ctx.person), side, currency, gross_minor, today)


def view(found: Signatory, name: str, ctx: Ctx, *, another: bool) -> SignatoryView:
    """As it is shown; `another`: the company has another owner than the reader, who then verifies nothing of their own."""
    by_law = found.basis == "legal_representative"
    actions = [
        step.action
        for step in LIFECYCLE.allowed(found.status)
        if may(ctx, step.who)
        and not (by_law and step.action in ("propose", "revoke"))
        and not (another and step.action == "verify" and found.person_id == ctx.person_id)
    ]
    return SignatoryView(
        id=found.id,
        version=found.version,
        person_id=found.person_id,
        name=name,
        basis=found.basis,
        status=found.status,
        number=found.number,
        issued_on=found.issued_on,
        scope=found.scope,
        limit=None
        if found.limit_minor is None or found.limit_currency is None
        else minor_text(found.limit_minor, found.limit_currency),
        currency=found.limit_currency,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        file_id=found.file_id,
        verified_by=found.verified_by,
        verified_at=found.verified_at,
        actions=tuple(actions),
    )
