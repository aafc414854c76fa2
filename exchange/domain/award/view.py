"""An award as its reader sees it on the wire: the buyer's reasons are its own."""

from exchange.ctx import Ctx
from exchange.domain.award.model import Award
from exchange.money import minor_text
from schemas.quote import AwardView


def view(award: Award, ctx: Ctx) -> AwardView:
    own = award.buyer_id == ctx.company_id
    return AwardView(
        id=award.id,
        version=award.version,
        status=award.status,
        rfq_id=award.rfq_id,
        quote_id=award.quote_id,
        seller_id=award.seller_id,
        seller=award.seller,
        currency=award.currency,
        net=minor_text(award.net_minor, award.currency),
        vat=minor_text(award.vat_minor, award.currency),
        gross=minor_text(award.gross_minor, award.currency),
        reason=award.reason if own else "",
        proposed_at=award.proposed_at,
        bound_at=award.bound_at,
        approval_id=award.approval_id if own else None,
        contract_id=award.contract_id,
    )
