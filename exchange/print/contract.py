"""A contract's text as paper: in Vietnamese, in English, or in both where the parties' languages differ."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typst
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from exchange import terms as standard_terms
from exchange.country import profile
from exchange.domain.contract.body import BodyInstalment, BodyLine, ContractBody, Party, Signer
from exchange.money import from_minor
from schemas.common import Locale

LANGUAGE: Final[Mapping[str, Locale]] = {"vn": "vi", "default": "en"}
PDF_STANDARD: Final = "a-3b"
Rows = list[tuple[str, str]]


@cache
def _labels() -> dict[str, dict[str, str]]:
    return msgspec.json.decode(files("exchange.print").joinpath("labels.json").read_bytes())


class _Unit(msgspec.Struct, frozen=True):
    code: str
    name_en: str
    name_vi: str


class _Units(msgspec.Struct, frozen=True):
    units: tuple[_Unit, ...]


@cache
def _units() -> dict[str, _Unit]:
    """The names of the units of measure that the exchange starts with; others are printed by their code."""
    known = msgspec.json.decode(files("exchange.market").joinpath("units.json").read_bytes(), type=_Units)
    return {unit.code: unit for unit in known.units}


@cache
def _template() -> bytes:
    return files("exchange.print").joinpath("contract.typ").read_bytes()


def languages(body: ContractBody) -> tuple[Locale, ...]:
    """The languages of the parties, each once; Vietnamese first."""
    spoken = {LANGUAGE.get(party.profile, "en") for party in (body.buyer, body.seller)}
    return tuple(language for language in standard_terms.LOCALES if language in spoken)


def paper(body: ContractBody, digest: bytes) -> dict[str, Any]:
    """All that stands on the paper. `digest` is the one of the contract's canonical JSON."""
    drafted = body.drafted_at
    return {
        "title": f"{body.number}",
        "date": [drafted.year, drafted.month, drafted.day],
        "digest": digest.hex(),
        "parts": [_Part(body, language).data() for language in languages(body)],
    }


def contract_pdf(body: ContractBody, digest: bytes) -> bytes:
    """The PDF/A of a contract; the same text gives the same bytes."""
    drafted, data = body.drafted_at, paper(body, digest)
    return bytes(
        typst.compile(
            _template(),
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards=PDF_STANDARD,
            timestamp=int(drafted.timestamp()),
            sys_inputs={"data": msgspec.json.encode(data).decode("utf-8")},
        )
    )


class _Part:
    """The contract in one language."""

    def __init__(self, body: ContractBody, language: Locale) -> None:
        self.body = body
        self.language: Locale = language
        self.words = _labels()[language]
        self.zone = ZoneInfo(profile(body.buyer.profile).timezone)

    def data(self) -> dict[str, Any]:
        body, words = self.body, self.words
        return {
            "language": self.language,
            "title": words["title"],
            "facts": self._facts(),
            "parties": [self._party("seller", body.seller), self._party("buyer", body.buyer)],
            "lines": {
                "heading": words["lines"],
                "head": ["", *(words[name] for name in ("item", "quantity", "price", "vat", "net"))],
                "rows": [self._line(line) for line in body.lines],
            },
            "totals": [(words[name], self._money(amount)) for name, amount in self._totals()],
            "sections": [
                {"heading": words["payment"], "rows": [self._instalment(item) for item in body.instalments]},
                {"heading": words["conditions"], "rows": self._conditions()},
            ],
            "seal": {"heading": words["digest"], "text": self._seal()},
            "terms": self._standard_terms(),
        }

    def _totals(self) -> tuple[tuple[str, str], ...]:
        return ("net", self.body.net), ("vat", self.body.vat), ("gross", self.body.gross)

    def _facts(self) -> Rows:
        body, words = self.body, self.words
        rows: Rows = [
            (words["number"], body.number),
            (words["date"], format_date(body.drafted_at.astimezone(self.zone), "long", locale=self.language)),
        ]
        if body.basis.rfq is not None and body.basis.quote is not None:
            quote = body.basis.quote
            said = words["basis_award"].format(rfq=body.basis.rfq.number, quote=quote.number, version=quote.version)
        else:
            said = words["basis_order"].format(at=self._moment(body.basis.placed_at or body.drafted_at))
        return [*rows, (words["basis"], said)]

    def _party(self, role: str, party: Party) -> dict[str, Any]:
        words = self.words
        person = ", ".join(part for part in (party.representative, party.representative_title) if part)
        return {
            "role": words[role],
            "name": party.legal_name,
            "rows": [
                (words["registration"], party.registration_id),
                (words["tax"], party.tax_id),
                (words["address"], party.address),
                (words["representative"], person),
                *((words["signatory"], self._signer(item)) for item in party.signatories if item.basis == "authorisation"),
            ],
        }

    def _signer(self, signer: Signer) -> str:
        """Who signs by authorisation: its number, date, limit and validity."""
        words = self.words
        issued = "" if signer.issued_on is None else format_date(signer.issued_on, "long", locale=self.language)
        said = [signer.name, words["authorisation"].format(number=signer.number, date=issued)]
        if signer.limit_minor is not None and signer.limit_currency is not None:
            amount = from_minor(signer.limit_minor, signer.limit_currency)
            said.append(
                words["up_to"].format(amount=format_decimal(amount, locale=self.language), currency=signer.limit_currency)
            )
        if signer.valid_until is not None:
            said.append(words["valid_until"].format(date=format_date(signer.valid_until, "long", locale=self.language)))
        return ", ".join(said)

    def _line(self, line: BodyLine) -> dict[str, Any]:
        words = self.words
        notes: list[str] = []
        if line.mpn:
            notes.append(f"{words['part']}: {line.mpn}")
        if line.asked and line.asked != line.title:
            notes.append(f"{words['asked']}: {line.asked}")
        notes += [f"{words['required']}: {item.attribute} {item.op} {item.value}" for item in line.requirements]
        if line.offer_id is not None:
            notes.append(words["offer"].format(id=line.offer_id, version=line.offer_version))
        place = words["deliver"].format(place=line.deliver_to, region=line.region, days=line.deliver_within_days)
        return {
            "position": str(line.position),
            "title": line.title,
            "notes": [*notes, f"{words['delivery']}: {place}"],
            "quantity": f"{self._number(line.quantity)} {self._unit(line.unit)}",
            "price": self._number(line.price),
            "vat": f"{self._number(line.vat_percent)} % ({line.vat_code})",
            "net": self._number(line.net),
        }

    def _instalment(self, item: BodyInstalment) -> tuple[str, str]:
        words = self.words
        rule = words["days_after"] if item.days_after else words["at_once"]
        when = rule.format(days=item.days_after, trigger=words[item.trigger])
        return f"{self._number(item.percent)} %: {self._money(item.amount)}", f"{when}, {words[item.method]}"

    def _conditions(self) -> Rows:
        terms, words = self.body.terms, self.words
        rule = words.get(terms.delivery.rule, f"{terms.delivery.rule} (Incoterms 2020)")
        payers = [(words["freight"], terms.duties.freight), (words["insurance"], terms.duties.insurance)]
        if terms.duties.duty is not None:
            payers.append((words["duty"], terms.duties.duty))
        rows: Rows = [
            (words["rule"], f"{rule} {terms.delivery.place}".strip()),
            *((name, words[f"by_{payer}"]) for name, payer in payers),
            (words["tolerance"], f"{self._number(terms.quantity_tolerance_percent)} %"),
            (words["packing"], terms.packing),
            (words["origin"], terms.origin),
            (words["warranty"], words["months"].format(n=terms.warranty_months) if terms.warranty_months else ""),
            (words["documents"], ", ".join(terms.documents)),
            (words["penalty"], self._penalty()),
            (words["claims"], words["days"].format(n=terms.claim_days)),
            (words["fee"], words["fee_text"].format(
                fee=self._number(self.body.fee_percent), vat=self._number(self.body.fee_vat_percent))),
        ]  # fmt: skip
        return [(name, value or words["none"]) for name, value in rows]

    def _penalty(self) -> str:
        terms = self.body.terms
        if Decimal(terms.penalty_percent_per_day) == 0:
            return ""
        day, cap = self._number(terms.penalty_percent_per_day), self._number(terms.penalty_cap_percent)
        return self.words["penalty_text"].format(day=day, cap=cap)

    def _seal(self) -> str:
        if self.body.kind == "standard" or self.body.sign_by is None:
            return self.words["standard"]
        return self.words["signing"].format(at=self._moment(self.body.sign_by))

    def _standard_terms(self) -> dict[str, Any]:
        pinned, words = self.body.standard_terms, self.words
        return {
            "heading": words["terms"].format(version=pinned.version),
            "digest": f"{words['terms_digest']}: {pinned.digest}",
            "clauses": [msgspec.to_builtins(clause) for clause in standard_terms.clauses(pinned.version, self.language)],
        }

    def _unit(self, code: str) -> str:
        unit = _units().get(code)
        if unit is None:
            return code
        return unit.name_vi if self.language == "vi" else unit.name_en

    def _number(self, text: str) -> str:
        return format_decimal(Decimal(text), format="#,##0.######", locale=self.language)

    def _money(self, text: str) -> str:
        places = len(text.partition(".")[2])
        shown = format_decimal(Decimal(text), format=f"#,##0.{'0' * places}", locale=self.language)
        return f"{shown} {self.body.currency}"

    def _moment(self, at: datetime) -> str:
        """A point in time in the buyer's zone, with its offset."""
        return format_datetime(at.astimezone(self.zone), "d MMM y, HH:mm (ZZZZ)", locale=self.language)
