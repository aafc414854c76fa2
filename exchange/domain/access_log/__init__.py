"""Who looked at what of whom: sensitive reads leave a row in the transaction that reads."""

from exchange.domain.access_log.service import record

__all__ = ["record"]
