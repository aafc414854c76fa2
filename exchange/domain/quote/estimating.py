"""What a quote that is still being written comes to, down to what its supplier keeps. Pure."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange.money import line_net_minor, vat_minor


class Typed(msgspec.Struct, frozen=True):
    """A line that can be counted already."""

    quantity: Decimal
    price: Decimal
    vat_percent: Decimal


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units. `nets` are those of the lines, `vat` the tax by its percentage."""

    nets: tuple[int | None, ...]
    net_minor: int
    vat: tuple[tuple[Decimal, int], ...]
    gross_minor: int
    fee_minor: int
    fee_vat_minor: int

    @property
    def to_you_minor(self) -> int:
        return self.gross_minor - self.fee_minor - self.fee_vat_minor


def estimate(lines: Sequence[Typed | None], currency: str, fee_percent: Decimal, fee_vat_percent: Decimal) -> Estimate:
    """The same arithmetic as the stored quote's, over the lines that are complete; None stands for one that is not."""
    nets: list[int | None] = []
    vat: dict[Decimal, int] = {}
    for line in lines:
        if line is None:
            nets.append(None)
            continue
        net = line_net_minor(line.price, line.quantity, currency)
        nets.append(net)
        vat[line.vat_percent] = vat.get(line.vat_percent, 0) + vat_minor(net, line.vat_percent)
    total = sum(net for net in nets if net is not None)
    fee = vat_minor(total, fee_percent)
    return Estimate(
        nets=tuple(nets),
        net_minor=total,
        vat=tuple(sorted(vat.items(), reverse=True)),
        gross_minor=total + sum(vat.values()),
        fee_minor=fee,
        fee_vat_minor=vat_minor(fee, fee_vat_percent),
    )
