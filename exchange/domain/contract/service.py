"""Contracts: read and signed by their two parties. The last signature makes the contract active and its order confirmed."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.contract import body as text
from exchange.domain.contract import store
from exchange.domain.contract.model import (
    LIFECYCLE,
    AlreadySigned,
    Contract,
    ContractSummary,
    DigestChanged,
    PersonNeeded,
)
from exchange.domain.contract.store import Locked
from exchange.domain.order import opening
from exchange.domain.permission import need, need_step_up, show
from exchange.domain.signatory import service as signatories
from exchange.errors import DeadlinePassed, NotFound, WrongState
from exchange.ids import new_id, new_number

BY_LAW = "legal representative"
AUTHORISED = "authorised signatory"
# By whose day an authorisation holds.
HOME = ZoneInfo("Asia/Ho_Chi_Minh")


async def get(tx: Tx, contract: UUID) -> Contract:
    """The contract as a party may see it."""
    need(tx.ctx, "contract.read")
    found = await store.get(tx, contract)
    if found is None:
        raise NotFound(noun="contract")
    show(tx.ctx, "contract", found.buyer_id, found.seller_id)
    return found


async def listed(tx: Tx, after: datetime | None, after_id: UUID | None, limit: int) -> list[ContractSummary]:
    """The acting company's contracts on either side, newest first."""
    need(tx.ctx, "contract.read")
    return await store.listed(tx, tx.ctx.company, after, after_id, limit)


def may_sign(ctx: Ctx) -> None:
    """Refuse who can never sign: an API key, and a person without the role. Asked before the password is."""
    if ctx.scopes is not None:
        raise PersonNeeded
    need(ctx, "contract.sign")


async def sign(tx: Tx, contract: UUID, digest: str) -> Contract:
    """Sign exactly this digest for the acting company, by a person who has proved just now who they are.

    The second signature activates the contract and confirms its order in this transaction. Raises PersonNeeded for an API
    key, StepUpRequired, DigestChanged with the contract's digest, AlreadySigned, WrongState or DeadlinePassed; and NoBasis,
    OutsideScope, OutsideValidity or AboveAuthority where the person's own basis does not reach.
    """
    may_sign(tx.ctx)
    need_step_up(tx.ctx)
    company = tx.ctx.company
    locked = await store.lock(tx, contract)
    if locked is None or company not in (locked.buyer_id, locked.seller_id):
        raise NotFound(noun="contract")
    _signable(locked, digest)
    before = await _put(tx, contract, locked)
    version = await store.touch(tx, contract)
    await events.append(
        tx,
        "contract.signed",
        contract,
        version,
        from_state=locked.status,
        to_state=locked.status,
        audience=(locked.buyer_id, locked.seller_id),
    )
    if before == 1:
        await _activate(tx, contract, locked)
    return await get(tx, contract)


async def decline(tx: Tx, contract: UUID, reason: str) -> Contract:
    """The acting company does not sign: the contract ends before it binds, and the other side reads why.

    By a signatory of a party that has not signed yet. Raises PersonNeeded, AlreadySigned, WrongState or DeadlinePassed.
    """
    may_sign(tx.ctx)
    company = tx.ctx.company
    locked = await store.lock(tx, contract)
    if locked is None or company not in (locked.buyer_id, locked.seller_id):
        raise NotFound(noun="contract")
    _signable(locked, locked.digest.hex())
    if await store.has_signed(tx, contract, company):
        raise AlreadySigned
    step = LIFECYCLE.step("decline")
    version = await store.decline(tx, contract, step.from_, step.to, company, reason)
    if version is None:
        raise WrongState(noun="contract", current=locked.status)
    await events.append(
        tx,
        step.event,
        contract,
        version,
        from_state=locked.status,
        to_state=step.to,
        audience=(locked.buyer_id, locked.seller_id),
    )
    return await get(tx, contract)


def _signable(locked: Locked, digest: str) -> None:
    if locked.status not in LIFECYCLE.step("activate").from_:
        raise WrongState(noun="contract", current=locked.status)
    if not locked.in_time:
        raise DeadlinePassed(due_at=locked.sign_by.isoformat() if locked.sign_by else "")
    if digest != locked.digest.hex():
        raise DigestChanged(current=locked.digest.hex())


async def _put(tx: Tx, contract: UUID, locked: Locked) -> int:
    """The signature itself; returns how many there were before."""
    body, name = text.read(locked.body), tx.ctx.person_name
    today = locked.at.astimezone(HOME).date()
    side = "purchase" if tx.ctx.company == locked.buyer_id else "sale"
    basis = await signatories.basis_of(tx, side, body.currency, body.gross_minor, today)
    before = await store.sign(
        tx,
        contract,
        tx.ctx.company,
        body.text_version,
        locked.buyer_id,
        locked.seller_id,
        tx.ctx.person,
        name,
        locked.digest,
        BY_LAW if basis.basis == "legal_representative" else AUTHORISED,
        locked.at,
    )
    if before is None:
        raise AlreadySigned
    return before


async def _activate(tx: Tx, contract: UUID, locked: Locked) -> None:
    """Both have signed: the contract binds, and its order stands confirmed with what is to be paid."""
    step = LIFECYCLE.step("activate")
    version = await store.move(tx, contract, step.from_, step.to, locked.at)
    if version is None:
        raise WrongState(noun="contract", current=locked.status)
    body = text.read(locked.body)
    order, number = new_id(), new_number("PO")
    await events.append(
        tx,
        step.event,
        contract,
        version,
        from_state=locked.status,
        to_state=step.to,
        audience=(locked.buyer_id, locked.seller_id),
        payload={"order_id": str(order)},
    )
    opened = await opening.insert(tx, order, number, body, locked.at, confirmed=True)
    await opening.begin(tx, order, 1, body, opening.due_now(opened.instalments))
