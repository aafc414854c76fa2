"""A contract as one of its parties sees it. Pure: row and reader in, wire type out."""

from exchange.ctx import Ctx
from exchange.domain.contract.model import Contract, ContractSummary
from exchange.domain.permission import may
from exchange.money import minor_text
from schemas.contract import ContractRow, ContractView, SignatureView


def view(contract: Contract, ctx: Ctx) -> ContractView:
    return ContractView(
        id=contract.id,
        version=contract.version,
        number=contract.number,
        kind=contract.kind,
        status=contract.status,
        buyer_id=contract.buyer_id,
        buyer=contract.buyer,
        seller_id=contract.seller_id,
        seller=contract.seller,
        rfq_id=contract.rfq_id,
        order_id=contract.order_id,
        currency=contract.currency,
        gross=minor_text(contract.gross_minor, contract.currency),
        digest=contract.digest.hex(),
        body=contract.body,
        pdf_file_id=contract.pdf_file_id,
        pdf_digest=None if contract.pdf_digest is None else contract.pdf_digest.hex(),
        created_at=contract.created_at,
        active_at=contract.active_at,
        sign_by=contract.sign_by,
        refused_by=contract.refused_by,
        refused_reason=contract.refused_reason,
        signatures=tuple(
            SignatureView(
                company_id=item.company_id,
                company=contract.buyer if item.company_id == contract.buyer_id else contract.seller,
                person_name=item.person_name,
                basis=item.basis,
                authorisation=item.authorisation,
                method=item.method,
                digest=item.digest,
                at=item.at,
            )
            for item in contract.signatures
        ),
        actions=actions(contract, ctx),
    )


def actions(contract: Contract, ctx: Ctx) -> tuple[str, ...]:
    """A signatory of a party that has not signed yet may sign or decline; a key never."""
    party = ctx.company_id in (contract.buyer_id, contract.seller_id)
    if contract.status == "draft":
        return ("submit",) if party and may(ctx, "contract.submit") else ()
    waits = contract.status == "signing" and all(item.company_id != ctx.company_id for item in contract.signatures)
    return ("sign", "decline") if party and waits and ctx.scopes is None and may(ctx, "contract.sign") else ()


def summary_view(item: ContractSummary) -> ContractRow:
    return ContractRow(
        id=item.id,
        version=item.version,
        number=item.number,
        kind=item.kind,
        status=item.status,
        counterparty=item.counterparty,
        currency=item.currency,
        gross=minor_text(item.gross_minor, item.currency),
        created_at=item.created_at,
        active_at=item.active_at,
    )
