"""How the value accepted is spread over the instalments of an order, and the fee over what each pays. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from exchange.domain.payment.model import Instalment
from exchange.money import split, vat_minor


class Share(msgspec.Struct, frozen=True):
    """What one instalment pays of the accepted gross value, and the fee on it, in minor units."""

    amount_minor: int
    fee_minor: int
    fee_vat_minor: int


def shares(
    instalments: Sequence[Instalment],
    *,
    accepted_net_minor: int,
    accepted_gross_minor: int,
    fee_percent: Decimal,
    fee_vat_percent: Decimal,
) -> dict[UUID, Share]:
    """The share of every instalment that is not ended, by id.

    What was paid, or is announced, stands; the rest of the accepted value fills the others in order of their positions. The
    fee on the accepted net value, less what was charged before, is split in proportion, so that nothing is lost to rounding;
    its tax is rounded once for each instalment, as each has an invoice of its own.
    """
    paid = [item for item in instalments if item.status in ("settled", "released")]
    open_ = [item for item in instalments if item.status in ("planned", "due", "held", "announced")]
    announced_minor = sum(item.amount_minor for item in open_ if item.status == "announced")
    rest_minor = accepted_gross_minor - announced_minor - sum(item.amount_minor - item.returned_minor for item in paid)
    amounts: list[int] = []
    for item in open_:
        amount = item.amount_minor if item.status == "announced" else min(item.amount_minor, max(0, rest_minor))
        if item.status != "announced":
            rest_minor -= amount
        amounts.append(amount)
    fee_minor = max(0, vat_minor(accepted_net_minor, fee_percent) - sum(item.fee_minor for item in paid))
    fees = split(fee_minor, amounts) if sum(amounts) else [0] * len(open_)
    return {
        item.id: Share(amount, min(fee, amount), min(vat_minor(fee, fee_vat_percent), max(0, amount - fee)))
        for item, amount, fee in zip(open_, amounts, fees, strict=True)
    }


def early_fee(amount_minor: int, *, net_minor: int, gross_minor: int, fee_percent: Decimal, fee_vat_percent: Decimal) -> Share:
    """The fee on a direct payment made before anything was accepted: on its net part, as the order divides net and gross."""
    net_part = int((Decimal(amount_minor) * net_minor / gross_minor).to_integral_value("ROUND_HALF_UP"))
    fee = vat_minor(net_part, fee_percent)
    return Share(amount_minor, fee, vat_minor(fee, fee_vat_percent))
