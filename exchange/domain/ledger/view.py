"""Balances, statement lines and deposits as they go over the wire. Pure."""

from exchange.domain.ledger.model import Balance, Deposit, StatementLine
from exchange.money import minor_text
from schemas.ledger import BalanceView, DepositView, StatementRow


def balance_view(item: Balance) -> BalanceView:
    currency = item.currency
    return BalanceView(
        currency=currency,
        balance=minor_text(item.balance_minor, currency),
        held=minor_text(item.held_minor, currency),
        available=minor_text(item.available_minor, currency),
        owed=minor_text(item.owed_minor, currency),
    )


def statement_view(item: StatementLine) -> StatementRow:
    return StatementRow(
        id=item.id,
        transfer_id=item.transfer_id,
        account="member" if item.account == "member" else "receivable",
        currency=item.currency,
        amount=minor_text(item.amount_minor, item.currency),
        balance_after=minor_text(item.balance_after_minor, item.currency),
        kind=item.kind,
        ref=item.ref,
        reason=item.reason,
        at=item.at,
    )


def deposit_view(item: Deposit) -> DepositView:
    return DepositView(
        id=item.id,
        version=item.version,
        company_id=item.company_id,
        amount=minor_text(item.amount_minor, item.currency),
        currency=item.currency,
        bank_reference=item.bank_reference,
        status=item.status,
        entered_by=item.entered_by,
        entered_at=item.entered_at,
        decided_by=item.decided_by,
        decided_at=item.decided_at,
        note=item.note,
    )
