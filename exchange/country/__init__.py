"""Country profiles: what law and custom of a member's country ask for, read as data by orders, quotes and forms."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import holidays
import msgspec
import stdnum

PROFILES = ("vn", "default")
MAX_WORKING_DAYS = 3660


class UnknownProfile(LookupError):
    """No country profile has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no country profile {code!r}; known: {', '.join(PROFILES)}")
        self.code = code


class VatCodeNotValid(ValueError):
    """The profile has no such VAT code, or none on that day."""

    def __init__(self, profile_code: str, code: str, on_date: date) -> None:
        super().__init__(f"VAT code {code!r} of profile {profile_code!r} is not valid on {on_date.isoformat()}")
        self.profile_code = profile_code
        self.code = code
        self.on_date = on_date


class InvalidIdentifier(ValueError):
    """A registration or tax number fails the check of its country."""

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"{value!r} is not a valid {kind} number")
        self.kind = kind
        self.value = value


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    vi: str


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of number of a company; `stdnum` names the module that checks it ("vn.mst"), null takes any text."""

    kind: Literal["registration", "tax"]
    stdnum: str | None
    name_en: str
    name_vi: str


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where anybody looks a company up: the public register of companies or of taxpayers."""

    kind: Literal["registration", "tax"]
    url: str
    name_en: str
    name_vi: str


class VatCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One period of one code. `reduces` names the code that applies again when a temporary rate has ended."""

    code: str
    percent: Decimal
    name_en: str
    name_vi: str
    valid_from: date
    valid_until: date | None
    reduces: str | None = None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Viet Nam: Commercial Law 2005, articles 301 (penalty), 318 (claims), 319 (lawsuits); Accounting Law (records)."""

    penalty_percent_of_breached_part: Decimal | None
    claim_months_quantity: int
    claim_months_quality: int
    claim_months_other: int
    lawsuit_years: int
    record_retention_years: int


class CountryProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`working_week` counts Monday as 0. `resident_currency` is the only one allowed between two residents."""

    code: str
    country: str | None
    name_en: str
    name_vi: str
    timezone: str
    calendar_country: str | None
    working_week: frozenset[int]
    resident_currency: str | None
    identifiers: tuple[Identifier, ...]
    registration_is_tax_id: bool
    vat_codes: tuple[VatCode, ...]
    address_fields: tuple[str, ...]
    documents: Mapping[str, Names]
    limits: Limits
    registers: tuple[Register, ...] = ()


@cache
def profile(code: str) -> CountryProfile:
    if code not in PROFILES:
        raise UnknownProfile(code)
    return msgspec.json.decode(files("exchange.country").joinpath(f"{code}.json").read_bytes(), type=CountryProfile)


def vat_codes_on(profile: CountryProfile, on_date: date) -> tuple[VatCode, ...]:
    """The codes a line may carry on that day, in the order a form shows them."""
    return tuple(vat for vat in profile.vat_codes if vat.valid_on(on_date))


def vat_percent(profile: CountryProfile, code: str, on_date: date) -> Decimal:
    """Raises VatCodeNotValid for an unknown code and outside its periods."""
    for vat in vat_codes_on(profile, on_date):
        if vat.code == code:
            return vat.percent
    raise VatCodeNotValid(profile.code, code, on_date)


def vat_code_on(profile: CountryProfile, code: str, on_date: date) -> str:
    """The code itself while it is valid, else the one it had reduced: an offer at 8 % goes back to 10 % by itself."""
    periods = [vat for vat in profile.vat_codes if vat.code == code]
    if any(vat.valid_on(on_date) for vat in periods):
        return code
    for vat in periods:
        if vat.reduces is not None:
            return vat_code_on(profile, vat.reduces, on_date)
    raise VatCodeNotValid(profile.code, code, on_date)


def required_currency(seller: CountryProfile, buyer: CountryProfile) -> str | None:
    """The one currency that both must use, or None when they are free to agree."""
    if seller.country is not None and seller.country == buyer.country:
        return seller.resident_currency
    return None


def check_identifier(profile: CountryProfile, kind: Literal["registration", "tax"], value: str) -> str:
    """The number in its compact form; raises InvalidIdentifier."""
    text = value.strip()
    module_name = next(entry.stdnum for entry in profile.identifiers if entry.kind == kind)
    if not text or len(text) > 40:
        raise InvalidIdentifier(kind, value)
    if module_name is None:
        return text
    country, name = module_name.split(".")
    module = stdnum.get_cc_module(country, name)
    if module is None or not module.is_valid(text):
        raise InvalidIdentifier(kind, value)
    return module.compact(text)


@cache
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def is_working_day(profile: CountryProfile, day: date) -> bool:
    """True on a day of the working week that is no holiday, and on a weekend day announced as its substitute."""
    if profile.calendar_country is None:
        return day.weekday() in profile.working_week
    return _calendar(profile.calendar_country).is_working_day(day)


def working_days_after(profile: CountryProfile, start: date, days: int) -> date:
    """The day on which `days` working days have passed; `start` itself does not count."""
    if not 0 <= days <= MAX_WORKING_DAYS:
        raise ValueError(f"days must be between 0 and {MAX_WORKING_DAYS}, got {days}")
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(profile, day):
            days -= 1
    return day
