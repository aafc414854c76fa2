"""Signatories: on which basis a person signs for the company, and within which limits."""
