"""Checks every minute that the books still balance; a broken rule is an error in the log and a figure for the alarm."""

from typing import Final

import asyncpg
import structlog

from exchange.metrics import WorkerMetrics
from exchange.verify import verify_ledger

EVERY_S: Final = 60.0

log = structlog.get_logger(__name__)


async def reconcile(url: str, metrics: WorkerMetrics) -> int:
    """Check on a connection of its own, since it reads the whole ledger; returns how many rules are broken."""
    connection = await asyncpg.connect(url, timeout=10, server_settings={"application_name": "exchange reconcile"})
    try:
        findings = await verify_ledger(connection)
    finally:
        await connection.close()
    metrics.ledger_findings.set(len(findings))
    for finding in findings:
        log.error("the ledger breaks a rule", rule=finding.rule, row=finding.row)
    return len(findings)
