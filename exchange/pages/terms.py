"""The terms of a deal in words: what each payment schedule, delivery rule and duty means to the people who read it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from exchange.i18n import N_, translator
from exchange.pages import formats
from schemas.terms import DeliveryRule, InstalmentTerm, Preset, TermsIn, TermsView, Trigger, terms_view

Choices = list[tuple[str, str]]
CUSTOM: Final = "custom"
_ANY: Final = terms_view(TermsIn())

PAYMENTS: Final[dict[Preset, str]] = {
    "direct_after_acceptance": N_("After acceptance, within 7 days"),
    "net_30": N_("30 days from the invoice"),
    "on_delivery": N_("On delivery"),
    "30_70": N_("30/70: part in advance, the rest after acceptance"),
    "advance": N_("All in advance"),
    "protected_full": N_("All into protection, released after acceptance"),
}
OWN_SCHEDULE: Final = N_("Own schedule of instalments")
DELIVERIES: Final[dict[DeliveryRule, str]] = {
    "delivered": N_("Delivered: the seller brings the goods"),
    "collect": N_("Collected: the buyer fetches the goods"),
    "EXW": N_("EXW: ex works"),
    "FCA": N_("FCA: free carrier"),
    "CPT": N_("CPT: carriage paid to"),
    "CIP": N_("CIP: carriage and insurance paid to"),
    "DAP": N_("DAP: delivered at place"),
    "DPU": N_("DPU: delivered at place, unloaded"),
    "DDP": N_("DDP: delivered, duty paid"),
    "FAS": N_("FAS: free alongside ship"),
    "FOB": N_("FOB: free on board"),
    "CFR": N_("CFR: cost and freight"),
    "CIF": N_("CIF: cost, insurance and freight"),
}
AT_ONCE: Final[dict[Trigger, str]] = {
    "order_confirmation": N_("%(share)s when the order is confirmed"),
    "before_despatch": N_("%(share)s before despatch"),
    "arrival": N_("%(share)s when the goods arrive"),
    "acceptance": N_("%(share)s when the goods are accepted"),
    "invoice": N_("%(share)s on receipt of the invoice"),
}
LATER: Final[dict[Trigger, str]] = {
    "order_confirmation": N_("%(share)s within %(days)s days of the order's confirmation"),
    "before_despatch": N_("%(share)s before despatch, within %(days)s days"),
    "arrival": N_("%(share)s within %(days)s days of arrival"),
    "acceptance": N_("%(share)s within %(days)s days of acceptance"),
    "invoice": N_("%(share)s within %(days)s days of the invoice"),
}
METHODS: Final = {
    "direct": N_("to the seller's bank account"),
    "protected": N_("into protection on the exchange"),
}
KINDS: Final[dict[str, Literal["number", "list"]]] = {
    "quantity_tolerance_percent": "number",
    "warranty_months": "number",
    "penalty_percent_per_day": "number",
    "penalty_cap_percent": "number",
    "claim_days": "number",
    "documents": "list",
}
PARTIES: Final = {"seller": N_("the seller"), "buyer": N_("the buyer")}


class TermRow(NamedTuple):
    """One term: its name in the schema, its label and its text. An empty text: nothing was agreed about it."""

    key: str
    label: str
    text: str


def payment_choices(locale: str, *, own_schedule: bool = False) -> Choices:
    """The usual schedules for a list of choices; `own_schedule` keeps one that was written as instalments."""
    _ = translator(locale).gettext
    found: Choices = [(code, _(word)) for code, word in PAYMENTS.items()]
    return [*found, (CUSTOM, _(OWN_SCHEDULE))] if own_schedule else found


def delivery_choices(locale: str) -> Choices:
    _ = translator(locale).gettext
    return [(code, _(word)) for code, word in DELIVERIES.items()]


def instalment_words(item: InstalmentTerm, locale: str) -> str:
    """30 % within 3 days of the order's confirmation, to the seller's bank account."""
    _ = translator(locale).gettext
    share = formats.percent(item.share / 100, locale)
    words = _((LATER if item.days_after else AT_ONCE)[item.trigger]) % {"share": share, "days": item.days_after}
    return f"{words}, {_(METHODS[item.method])}"


def schedule_words(instalments: Sequence[InstalmentTerm], locale: str) -> str:
    return "; ".join(instalment_words(item, locale) for item in instalments)


def delivery_words(terms: TermsView, locale: str) -> str:
    """The rule in words with its named place."""
    rule = translator(locale).gettext(DELIVERIES[terms.delivery.rule])
    return f"{rule} ({terms.delivery.place})" if terms.delivery.place else rule


def duty_words(terms: TermsView, locale: str) -> str:
    """Who pays freight, insurance and duty."""
    _ = translator(locale).gettext
    parts = [
        _("freight: %(who)s") % {"who": _(PARTIES[terms.duties.freight])},
        _("insurance: %(who)s") % {"who": _(PARTIES[terms.duties.insurance])},
    ]
    if terms.duties.duty is not None:
        parts.append(_("import duty: %(who)s") % {"who": _(PARTIES[terms.duties.duty])})
    text = ", ".join(parts)
    return text[0].upper() + text[1:]


def rows(terms: TermsView, locale: str) -> list[TermRow]:
    """Every term in the order of a contract."""
    words = translator(locale)
    _ = words.gettext
    months, days = terms.warranty_months, terms.claim_days
    per_day, cap = Decimal(terms.penalty_percent_per_day), Decimal(terms.penalty_cap_percent)
    penalty = ""
    if per_day:
        penalty = _("%(rate)s of the late part for each day, at most %(cap)s") % {
            "rate": formats.percent(per_day / 100, locale),
            "cap": formats.percent(cap / 100, locale),
        }
    tolerance = Decimal(terms.quantity_tolerance_percent)
    return [
        TermRow("instalments", _("Payment"), schedule_words(terms.instalments, locale)),
        TermRow("delivery", _("Delivery"), delivery_words(terms, locale)),
        TermRow("duties", _("Who pays"), duty_words(terms, locale)),
        TermRow(
            "quantity_tolerance_percent",
            _("Quantity tolerance"),
            f"± {formats.percent(tolerance / 100, locale)}" if tolerance else _("None"),
        ),
        TermRow("packing", _("Packing"), terms.packing),
        TermRow("origin", _("Origin"), terms.origin),
        TermRow(
            "warranty_months",
            _("Warranty"),
            words.ngettext("%(num)s month", "%(num)s months", months) % {"num": months} if months else "",
        ),
        TermRow("documents", _("Documents with the goods"), ", ".join(terms.documents)),
        TermRow("penalty_percent_per_day", _("Penalty for delay"), penalty),
        TermRow("claim_days", _("Claims"), words.ngettext("within %(num)s day", "within %(num)s days", days) % {"num": days}),
    ]


def facts(terms: TermsView, locale: str) -> list[tuple[str, str]]:
    """The terms about which something was agreed, for `ui.detail.facts`."""
    return [(row.label, row.text) for row in rows(terms, locale) if row.text]


def labels(locale: str) -> dict[str, str]:
    """The name of every term of the comparison, by its name in the schema."""
    named = {row.key: row.label for row in rows(_ANY, locale)}
    return {**named, "penalty_cap_percent": named["penalty_percent_per_day"]}


def typed(terms: TermsView) -> dict[str, object]:
    """The terms as the fields of `ui.terms.fields` take them."""
    return {
        "payment": terms.payment,
        "delivery": {"rule": terms.delivery.rule, "place": terms.delivery.place},
        "quantity_tolerance_percent": Decimal(terms.quantity_tolerance_percent),
        "packing": terms.packing,
        "origin": terms.origin,
        "warranty_months": terms.warranty_months,
        "documents": "\n".join(terms.documents),
        "penalty_percent_per_day": Decimal(terms.penalty_percent_per_day),
        "penalty_cap_percent": Decimal(terms.penalty_cap_percent),
        "claim_days": terms.claim_days,
    }


def as_input(terms: TermsView) -> TermsIn:
    """The same terms proposed again."""
    return TermsIn(
        payment=terms.instalments if terms.payment == CUSTOM else terms.payment,
        delivery=terms.delivery,
        quantity_tolerance_percent=terms.quantity_tolerance_percent,
        packing=terms.packing,
        origin=terms.origin,
        warranty_months=terms.warranty_months,
        documents=terms.documents,
        penalty_percent_per_day=terms.penalty_percent_per_day,
        penalty_cap_percent=terms.penalty_cap_percent,
        claim_days=terms.claim_days,
    )


def completed(typed_form: dict[str, list[str]], at: str = "terms", before: TermsView | None = None) -> dict[str, list[str]]:
    """The posted fields of `ui.terms.fields` as the schema's: documents line by line, an own schedule as it was written."""
    done = dict(typed_form)
    documents = [line.strip() for line in (done.pop(f"{at}.documents", [""]) or [""])[-1].splitlines()]
    if any(documents):
        done[f"{at}.documents"] = [line for line in documents if line]
    if before is not None and done.get(f"{at}.payment") == [CUSTOM]:
        del done[f"{at}.payment"]
        for index, item in enumerate(before.instalments):
            place = f"{at}.payment.{index}"
            done |= {
                f"{place}.percent": [item.percent],
                f"{place}.trigger": [item.trigger],
                f"{place}.days_after": [str(item.days_after)],
                f"{place}.method": [item.method],
            }
    return done
