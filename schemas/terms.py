"""The terms of a deal: one block with the same fields on offer, RFQ, quote, contract and order."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from schemas.common import Line, OptionalLine, Percent, Text

Trigger = Literal["order_confirmation", "before_despatch", "arrival", "acceptance", "invoice"]
Method = Literal["direct", "protected"]
Preset = Literal["advance", "30_70", "on_delivery", "net_30", "protected_full", "direct_after_acceptance"]
Party = Literal["seller", "buyer"]

# collect and delivered are domestic; the others are the rules of Incoterms 2020.
DeliveryRule = Literal[
    "collect", "delivered", "EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"
]  # fmt: skip

INSTALMENTS_MAX: Final = 10
# More would let a delivery of next to nothing fulfil an order.
TOLERANCE_MAX: Final = Decimal(20)
# What is held before the goods move can protect; later it could only be paid.
PROTECTING: Final[frozenset[Trigger]] = frozenset({"order_confirmation", "before_despatch"})


class InstalmentTerm(Struct, frozen=True, forbid_unknown_fields=True):
    """`percent` of the gross value falls due `days_after` days after `trigger`.

    A direct instalment goes to the seller's bank account, a protected one is held on the exchange's ledger.
    """

    percent: Percent
    trigger: Trigger
    days_after: Annotated[int, Meta(ge=0, le=365)] = 0
    method: Method = "direct"

    def __post_init__(self) -> None:
        if self.share == 0:
            raise ValueError("an instalment is more than 0 percent")
        if self.method == "protected" and self.trigger not in PROTECTING:
            raise ValueError(
                "a protected instalment is held before despatch: its trigger is order_confirmation or before_despatch"
            )

    @property
    def share(self) -> Decimal:
        """The percentage as an exact number, 0 to 100."""
        return Decimal(self.percent)


PRESETS: Final[dict[Preset, tuple[InstalmentTerm, ...]]] = {
    "advance": (InstalmentTerm("100", "order_confirmation", 3),),
    "30_70": (InstalmentTerm("30", "order_confirmation", 3), InstalmentTerm("70", "acceptance", 3)),
    "on_delivery": (InstalmentTerm("100", "arrival"),),
    "net_30": (InstalmentTerm("100", "invoice", 30),),
    "protected_full": (InstalmentTerm("100", "order_confirmation", 3, "protected"),),
    "direct_after_acceptance": (InstalmentTerm("100", "acceptance", 7),),
}


class Duties(Struct, frozen=True):
    """Who pays what under a delivery rule; `insurance` names who bears or insures the risk, `duty` is None inside one country."""

    freight: Party
    insurance: Party
    duty: Party | None


DUTIES: Final[dict[DeliveryRule, Duties]] = {
    "collect": Duties("buyer", "buyer", None),
    "delivered": Duties("seller", "seller", None),
    "EXW": Duties("buyer", "buyer", "buyer"),
    "FCA": Duties("buyer", "buyer", "buyer"),
    "CPT": Duties("seller", "buyer", "buyer"),
    "CIP": Duties("seller", "seller", "buyer"),
    "DAP": Duties("seller", "seller", "buyer"),
    "DPU": Duties("seller", "seller", "buyer"),
    "DDP": Duties("seller", "seller", "seller"),
    "FAS": Duties("buyer", "buyer", "buyer"),
    "FOB": Duties("buyer", "buyer", "buyer"),
    "CFR": Duties("seller", "buyer", "buyer"),
    "CIF": Duties("seller", "seller", "buyer"),
}
DOMESTIC: Final[frozenset[DeliveryRule]] = frozenset({"collect", "delivered"})


class DeliveryTerm(Struct, frozen=True, forbid_unknown_fields=True):
    """A delivery rule and its named place; an Incoterms rule means nothing without a place."""

    rule: DeliveryRule = "delivered"
    place: Annotated[OptionalLine, Meta(max_length=160)] = ""

    def __post_init__(self) -> None:
        if self.rule not in DOMESTIC and not self.place:
            raise ValueError(f"{self.rule} needs a named place")


class TermsIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms as somebody proposes them. `payment` is the name of a usual schedule or the instalments themselves."""

    payment: Preset | Annotated[tuple[InstalmentTerm, ...], Meta(min_length=1, max_length=INSTALMENTS_MAX)] = (
        "direct_after_acceptance"
    )
    delivery: DeliveryTerm = DeliveryTerm()
    # Delivering this much less or more still fulfils a line.
    quantity_tolerance_percent: Percent = "0"
    packing: Annotated[Text, Meta(max_length=500)] = ""
    origin: Annotated[OptionalLine, Meta(max_length=120)] = ""
    warranty_months: Annotated[int, Meta(ge=0, le=240)] = 0
    # What comes with the goods, e.g. "CO form D", "COA", "warranty card".
    documents: Annotated[tuple[Annotated[Line, Meta(max_length=120)], ...], Meta(max_length=20)] = ()
    penalty_percent_per_day: Percent = "0"
    penalty_cap_percent: Percent = "0"
    claim_days: Annotated[int, Meta(ge=0, le=365)] = 7

    def __post_init__(self) -> None:
        total = sum((item.share for item in instalments(self)), Decimal(0))
        if total != 100:
            raise ValueError(f"the instalments sum to {total} percent, not to 100")
        if Decimal(self.quantity_tolerance_percent) > TOLERANCE_MAX:
            raise ValueError(f"a quantity tolerance is at most {TOLERANCE_MAX} percent")
        if Decimal(self.penalty_percent_per_day) > Decimal(self.penalty_cap_percent):
            raise ValueError("a penalty per day needs a cap that is at least as high")


class TermsView(Struct, frozen=True, kw_only=True):
    """The terms as all parties see them, with the schedule and the duties written out. Contracts freeze this."""

    payment: Preset | Literal["custom"]
    instalments: tuple[InstalmentTerm, ...]
    delivery: DeliveryTerm
    duties: Duties
    quantity_tolerance_percent: str
    packing: str
    origin: str
    warranty_months: int
    documents: tuple[str, ...]
    penalty_percent_per_day: str
    penalty_cap_percent: str
    claim_days: int


def instalments(terms: TermsIn) -> tuple[InstalmentTerm, ...]:
    """The payment schedule in the order in which it was agreed."""
    return PRESETS[terms.payment] if isinstance(terms.payment, str) else terms.payment


def terms_view(terms: TermsIn) -> TermsView:
    """The block as it is shown and frozen: presets resolved, so that a later change of a preset changes no deal."""
    return TermsView(
        payment=terms.payment if isinstance(terms.payment, str) else "custom",
        instalments=instalments(terms),
        delivery=terms.delivery,
        duties=DUTIES[terms.delivery.rule],
        quantity_tolerance_percent=terms.quantity_tolerance_percent,
        packing=terms.packing,
        origin=terms.origin,
        warranty_months=terms.warranty_months,
        documents=terms.documents,
        penalty_percent_per_day=terms.penalty_percent_per_day,
        penalty_cap_percent=terms.penalty_cap_percent,
        claim_days=terms.claim_days,
    )
