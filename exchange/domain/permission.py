"""Who may do what: one table of permissions by role, shared by services, API keys and pages."""

from typing import Final
from uuid import UUID

from exchange.ctx import Ctx
from exchange.errors import Forbidden, MailNotVerified, NotFound, StepUpRequired

OWNERS: Final = frozenset({"owner", "admin"})
ANYBODY: Final = OWNERS | {"buyer", "seller", "approver", "evaluator", "signatory", "finance", "warehouse", "viewer"}

# permission -> roles of a company that have it. An API key's scopes are names of this table.
MEMBER: Final[dict[str, frozenset[str]]] = {
    "market.read": ANYBODY,
    # The own company's file, people, accounts and papers: a key for the market reads none of them.
    "company.read": ANYBODY,
    "company.write": OWNERS,
    # Accounts: proposed by one person, confirmed by another.
    "bank.write": OWNERS | {"finance"},
    "people.write": OWNERS,
    "member.write": OWNERS,
    # The company's own sign-in speaks for everybody of the company, owners too.
    "provider.write": frozenset({"owner"}),
    "person.erase": frozenset({"owner"}),
    "key.write": OWNERS,
    "webhook.write": OWNERS,
    "offer.write": OWNERS | {"seller"},
    "rfq.read": ANYBODY,
    "rfq.write": OWNERS | {"buyer"},
    "quote.read": ANYBODY,
    "quote.write": OWNERS | {"seller"},
    "award.write": OWNERS | {"buyer"},
    # Whom the company's policy names; the request itself knows them.
    "approval.decide": ANYBODY,
    "approval.recall": OWNERS | {"buyer", "seller"},
    "policy.write": OWNERS,
    "contract.read": ANYBODY,
    "contract.submit": OWNERS | {"buyer", "seller"},
    "contract.sign": frozenset({"signatory"}),
    "signatory.write": OWNERS,
    "signatory.verify": frozenset({"owner"}),
    "order.read": ANYBODY,
    "order.write": OWNERS | {"buyer"},
    "order.confirm": OWNERS | {"seller"},
    "delivery.despatch": OWNERS | {"seller", "warehouse"},
    "delivery.receive": OWNERS | {"buyer", "warehouse"},
    "invoice.write": OWNERS | {"seller", "finance"},
    "payment.read": OWNERS | {"finance", "buyer", "seller", "approver"},
    "payment.write": OWNERS | {"finance"},
    "review.write": OWNERS | {"buyer", "seller"},
    "message.read": ANYBODY,
    "message.write": ANYBODY - {"viewer"},
    "event.read": ANYBODY,
    "access.read": OWNERS,
    "inbox.read": ANYBODY,
    "file.read": ANYBODY,
    "clock": OWNERS,
}

# permission -> roles of an operator of the exchange. An operator never trades.
OPERATOR: Final[dict[str, frozenset[str]]] = {
    "operator.read": frozenset({"moderator", "compliance", "finance", "arbiter", "administrator"}),
    "operator.company": frozenset({"moderator", "compliance"}),
    "operator.case": frozenset({"moderator", "compliance"}),
    "operator.view": frozenset({"moderator", "compliance"}),
    "operator.identity": frozenset({"compliance", "administrator"}),
    "operator.rules": frozenset({"compliance", "administrator"}),
    "operator.deposit": frozenset({"finance"}),
    "operator.privacy": frozenset({"compliance", "administrator"}),
    "operator.job": frozenset({"administrator"}),
    "operator.clock": frozenset({"administrator"}),
}

# What a role of a company's own may hold: the work. What only owners may, and what binds the company (approving, signing),
# stays with the roles of the table.
GRANTABLE: Final = frozenset(
    name for name, roles in MEMBER.items() if not roles.isdisjoint(ANYBODY - OWNERS - {"approver", "signatory"})
)


def may(ctx: Ctx, permission: str) -> bool:
    """Whether the acting person or key has this permission."""
    if permission.startswith("operator."):
        return ctx.operator and not OPERATOR[permission].isdisjoint(ctx.operator_roles)
    if ctx.operator or (MEMBER[permission].isdisjoint(ctx.roles) and permission not in ctx.extra):
        return False
    return ctx.scopes is None or permission in ctx.scopes


def need(ctx: Ctx, permission: str) -> None:
    """Refuse with 403 who lacks this permission."""
    if not may(ctx, permission):
        raise Forbidden(needed=permission)


def need_person(ctx: Ctx, permission: str) -> None:
    """The same for what a key never does: a key that made keys, people or roles would outlive its own revocation."""
    need(ctx, permission)
    if ctx.scopes is not None:
        raise Forbidden(needed="a person's session")


def show(ctx: Ctx, noun: str, *companies: UUID | None) -> None:
    """Refuse with 404 what belongs to other companies: the services' own wall, beside row security.

    A context without a company is an operator's or the exchange's; what they may is asked by `need`.
    """
    if ctx.company_id is not None and ctx.company_id not in companies:
        raise NotFound(noun=noun)


def need_scope(ctx: Ctx, permission: str) -> None:
    """Refuse a key that was not made for what every person may: reading their own inbox, files and timelines."""
    if ctx.scopes is not None and permission not in ctx.scopes:
        raise Forbidden(needed=permission)


def need_step_up(ctx: Ctx, *, key_may: bool = False) -> None:
    """Refuse a session that has not proved in the last ten minutes who acts: before money, signatures, keys and owners.

    An API key can prove nothing. It may only where `key_may` says so: where its maker, who had to prove it, named that scope.
    """
    if not ctx.verified:
        raise MailNotVerified
    if not ctx.stepped_up and not (key_may and ctx.scopes is not None):
        raise StepUpRequired
