"""Hostile and random input for every operation of the OpenAPI document, against the running exchange."""
