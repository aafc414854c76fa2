"""Who must approve what: the company's policies, ready-made ones, an editor, and a look at whom a value would ask."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Meta, Struct

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.approval import policies, standing
from exchange.domain.approval.model import Policy
from exchange.domain.approval.standing import Around
from exchange.domain.permission import may, need
from exchange.errors import FieldError, Invalid, NotFound
from exchange.i18n import N_, translator
from exchange.money import NotAnAmount, decode_amount, from_minor
from exchange.pages.choices import MEMBER_ROLES, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.pages.typed import Unreadable, read_number
from exchange.portal import shell
from exchange.portal.approval_steps import rule_words, threshold
from exchange.portal.approvals import KINDS_OF
from exchange.web import WebRequest, deps
from schemas.approval import CommitmentKind, Named, PolicyIn, PolicyPreview, PresetIn, Roles, StepIn, StepMode, TierIn
from schemas.common import Amount

PLACE: Final = "/company/policies"
MODES: Final = {"any": N_("one of them"), "all": N_("all of them"), "n_of": N_("a number of them")}
PRESETS: Final = (
    ("just_me", N_("Just me"), N_("Nobody is asked. Everybody commits within their role.")),
    (
        "director_above",
        N_("Director above a value"),
        N_("Above the value one other person with the role owner or approver must agree."),
    ),
    ("committee", N_("Committee"), N_("Above the value first an approver, then an owner must agree.")),
)


class StepRow(Struct, frozen=True, kw_only=True):
    """One row of the editor: rows with the same value are the steps of one tier, in their order."""

    from_value: Amount
    mode: StepMode = "any"
    count: Annotated[int, Meta(ge=1, le=20)] = 1
    roles: Roles = ()
    people: Named = ()


class PolicyForm(Struct, frozen=True, kw_only=True):
    version: Annotated[int, Meta(ge=0)]
    rows: Annotated[tuple[StepRow, ...], Meta(max_length=40)] = ()
    opinion_roles: Roles = ()
    opinion_people: Named = ()
    value: Amount | None = None


FIELDS: Final = ("from_value", "mode", "count", "roles", "people")
KINDS: Final[Kinds] = {
    "rows.*.from_value": "number",
    "rows.*.roles": "list",
    "rows.*.people": "list",
    "opinion_roles": "list",
    "opinion_people": "list",
    "value": "number",
}
PRESET_KINDS: Final[Kinds] = {"above": "number"}


def tiers_of(form: PolicyForm) -> tuple[tuple[TierIn, ...], dict[str, str]]:
    """The tiers that the rows mean, and which row (`rows.2`) each place of the command (`/tiers/0/steps/1`) comes from."""
    by_value: dict[str, list[tuple[int, StepRow]]] = {}
    for index, row in enumerate(form.rows):
        by_value.setdefault(row.from_value, []).append((index, row))
    places: dict[str, str] = {}
    tiers: list[TierIn] = []
    for tier, (value, rows) in enumerate(by_value.items()):
        places[f"/tiers/{tier}"] = f"rows.{rows[0][0]}"
        places |= {f"/tiers/{tier}/steps/{place}": f"rows.{index}" for place, (index, _) in enumerate(rows)}
        steps = tuple(StepIn(mode=row.mode, count=row.count, roles=row.roles, people=row.people) for _, row in rows)
        tiers.append(
            TierIn(from_value=value, steps=steps, opinion_roles=form.opinion_roles, opinion_people=form.opinion_people)
        )  # fmt: skip
    return tuple(tiers), places


def placed(problem: Invalid, places: Mapping[str, str]) -> Invalid:
    """The same errors beside the rows that were typed."""
    errors: list[FieldError] = []
    for error in problem.errors:
        at = max((place for place in places if error.pointer.startswith(place)), key=len, default="")
        field = error.pointer.removeprefix(at).strip("/").split("/")[0] if at else ""
        pointer = "/" + places[at].replace(".", "/") + "/" + (field or "roles") if at else error.pointer
        errors.append(FieldError(pointer, error.code, error.detail, error.data))
    return Invalid(errors=tuple(errors))


def _typed(policy: Policy) -> dict[str, object]:
    """A stored policy as the editor's rows."""
    rows = [
        {
            "from_value": from_minor(tier.from_minor, policy.currency),
            "mode": step.mode,
            "count": str(step.count),
            "roles": list(step.roles),
            "people": [str(person) for person in step.people],
        }
        for tier in policy.tiers
        for step in tier.steps
    ]
    first = policy.tiers[0] if policy.tiers else None
    return {
        "version": str(policy.version),
        "rows": rows,
        "opinion_roles": list(first.opinion_roles) if first else [],
        "opinion_people": [str(person) for person in first.opinion_people] if first else [],
    }


@get("/company/policies")
async def overview(request: WebRequest) -> Response[Any]:
    """Every kind of commitment with its steps, ready-made policies, and whom a value would ask."""
    return await _overview(request, blank(shell.signed_in(request).locale))


async def _overview(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    need(acting, "company.read")
    kind, value = request.query_params.get("kind", ""), request.query_params.get("value", "")
    async with deps(request).db.read(acting) as tx:
        found = await policies.all_of(tx)
        company = await standing.around(tx)
        asked, wrong = await _asked(tx, acting, kind, value, found[0].currency)
    what = Form(acting.locale, {"kind": [kind or "award"], "value": [value]}, {"value": wrong} if wrong else {})
    _ = translator(acting.locale).gettext
    return await shell.render(
        request,
        "portal/company/policies.html",
        status=status,
        form=form,
        what=what,
        asked=asked,
        since=_since(asked, acting.locale),
        policies=[(policy, _(KINDS_OF[policy.kind]), _tiers(policy, company, acting.locale)) for policy in found],
        kinds=[(policy.kind, _(KINDS_OF[policy.kind])) for policy in found],
        presets=[(code, _(word), _(said)) for code, word, said in PRESETS],
        currency=found[0].currency,
        may_edit=may(acting, "policy.write"),
        modes=MODES,
        name=company.name,
    )


async def _asked(tx: Tx, acting: Ctx, kind: str, value: str, currency: str) -> tuple[PolicyPreview | None, str]:
    """Whom a value would ask, or what is wrong with how it was typed; nothing while nobody asked."""
    try:
        known = _kind(kind)
    except NotFound:
        return None, ""
    try:
        gross = decode_amount(str(read_number(value, acting.locale)), currency) if value.strip() else None
    except (Unreadable, NotAnAmount):
        return None, translator(acting.locale).gettext("Enter an amount.")
    return await policies.preview(tx, known, currency, gross), ""


def _since(asked: PolicyPreview | None, locale: str) -> str:
    if asked is None or asked.from_value is None:
        return ""
    return threshold(decode_amount(asked.from_value, asked.currency), asked.currency, locale)


def _tiers(policy: Policy, company: Around, locale: str) -> list[dict[str, Any]]:
    words = translator(locale)
    roles = {code: words.gettext(word) for code, word in MEMBER_ROLES.items()}
    return [
        {
            "since": threshold(tier.from_minor, policy.currency, locale),
            "steps": [rule_words(step, company, roles, words) for step in tier.steps],
            "opinions": [roles[role] for role in tier.opinion_roles] + [company.name(one) for one in tier.opinion_people],
        }
        for tier in policy.tiers
    ]


@post("/company/policies/preset")
async def preset(request: WebRequest) -> Response[Any]:
    """Take a ready-made policy for every kind with a value."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: PresetIn) -> Response[Any]:
        async with deps(request).db.tx(acting, "applicant") as tx:
            await policies.apply_preset(tx, command)
        return shell.redirect(request, PLACE, shell.words(request)("The policy holds from now on."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _overview(request, form, status)

    return await shell.submitted(sent, PresetIn, PRESET_KINDS, do, again)


def _kind(text: str) -> CommitmentKind:
    for kind in policies.KINDS:
        if kind == text:
            return kind
    raise NotFound(noun="policy")


async def _draw(
    request: WebRequest, kind: CommitmentKind, form: Form | None, status: int = 200, asked: PolicyPreview | None = None
) -> Response[Any]:
    acting = shell.signed_in(request)
    need(acting, "policy.write")
    async with deps(request).db.read(acting) as tx:
        policy = await policies.of_kind(tx, kind)
        company = await standing.around(tx)
    _ = translator(acting.locale).gettext
    return await shell.render(
        request,
        "portal/company/policy.html",
        status=status,
        form=form or blank(acting.locale, _typed(policy)),
        policy=policy,
        kind=_(KINDS_OF[kind]),
        at=f"{PLACE}/{kind}",
        roles=translated(MEMBER_ROLES, acting.locale),
        people=[(str(person), name) for person, name in sorted(company.names.items(), key=lambda item: item[1])],
        modes=translated(MODES, acting.locale),
        asked=asked,
        since=_since(asked, acting.locale),
    )


@get("/company/policies/{kind:str}")
async def editor(request: WebRequest, kind: FromPath[str]) -> Response[Any]:
    """The steps of one kind as rows to be changed."""
    return await _draw(request, _kind(kind), None)


@post("/company/policies/{kind:str}")
async def save(request: WebRequest, kind: FromPath[str]) -> Response[Any]:
    """Keep the rows as a new version, or show whom a value would ask under them."""
    acting, known = shell.signed_in(request), _kind(kind)
    sent = await shell.sent(request, {"rows": FIELDS})

    async def do(command: PolicyForm) -> Response[Any]:
        tiers, places = tiers_of(command)
        wanted = PolicyIn(version=command.version, tiers=tiers)
        try:
            if sent.button == "preview":
                return await _draw(request, known, sent.form, asked=await _draft(request, acting, known, wanted, command.value))
            async with deps(request).db.tx(acting, "applicant") as tx:
                await policies.put(tx, known, wanted)
        except Invalid as problem:
            raise placed(problem, places) from problem
        return shell.redirect(request, PLACE, shell.words(request)("The policy holds from now on."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, known, form, status)

    return await shell.submitted(sent, PolicyForm, KINDS, do, again)


async def _draft(
    request: WebRequest, acting: Ctx, kind: CommitmentKind, wanted: PolicyIn, value: str | None
) -> PolicyPreview:  # fmt: skip
    async with deps(request).db.read(acting) as tx:
        currency = await policies.base_currency(tx)
        gross = None if value is None else decode_amount(value, currency)
        return await policies.preview_draft(tx, kind, wanted, currency, gross)


ROUTES: Final = Router("", route_handlers=[overview, preset, editor, save])
