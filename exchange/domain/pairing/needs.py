"""An RFQ line as the matcher's need. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange.domain.category.model import Tree
from schemas.matching import Need, Requirement
from schemas.rfq import Requirement as Asked
from schemas.rfq import RfqLine, RfqLineIn

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICRO: Final = Decimal(1_000_000)


def need_of(tree: Tree, line: RfqLine | RfqLineIn, currency: str, now: datetime, buyer: UUID, own_group: Sequence[UUID]) -> Need:
    """What the buyer asks for in one line; offers of its own group never compete, and are told as a count."""
    return Need(
        quantity_micro=int(Decimal(line.quantity) * MICRO),
        unit=line.unit,
        currency=currency,
        at_us=(now - EPOCH) // timedelta(microseconds=1),
        viewer_id=buyer,
        group_ids=list(own_group),
        category_path=tree.get(line.category).row.path,
        words=line.words,
        requirements=[_requirement(item) for item in line.requirements],
        region=line.region,
        deliver_within_days=line.deliver_within_days,
    )


def _requirement(asked: Asked) -> Requirement:
    value = list(asked.value) if isinstance(asked.value, tuple) else asked.value
    return Requirement(asked.attribute, asked.op, value)
