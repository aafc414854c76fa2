"""Invoices: the seller's own documents, checked against what was accepted."""
