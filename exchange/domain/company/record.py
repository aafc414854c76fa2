"""The public record of a company: what it says it can do, and what the exchange counts of its finished business."""

from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.company import service
from exchange.domain.permission import need
from schemas.company import CompanyRecordView


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`deliveries` and their share in time are null below four, so that nothing shows of a single one."""

    capabilities: tuple[str, ...]
    deals: int
    deliveries: int | None
    on_time_percent: int | None
    reviews: int
    rating: Decimal | None


RECORD: Final = """
SELECT r.capabilities, r.deals, r.deliveries, r.on_time_percent, r.reviews, r.rating FROM company_record($1) AS r
"""


async def record(tx: Tx, company: UUID) -> Record:
    """For every member; NotFound also for an applicant, who is nobody's business yet."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "market.read")
    await service.get(tx, company)
    return await tx.one(Record, RECORD, company)


def view(found: Record) -> CompanyRecordView:
    return CompanyRecordView(
        capabilities=found.capabilities,
        deals=found.deals,
        deliveries=found.deliveries,
        on_time_percent=found.on_time_percent,
        reviews=found.reviews,
        rating=None if found.rating is None else str(found.rating),
    )
