"""Payments: instalments paid directly or held and settled by the exchange, and the fee for it."""
