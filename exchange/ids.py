"""New identities: uuid v7 for rows, short random numbers for people."""

import secrets
from typing import Literal
from uuid import UUID

import uuid_utils
import uuid_utils.compat

NumberPrefix = Literal["RFQ", "QUO", "CON", "PO", "DEL"]

# Crockford's base 32: no I, L, O, U, so a number survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A time-ordered uuid (version 7)."""
    return uuid_utils.compat.uuid7()


def new_request_id() -> str:
    """The same as hexadecimal text, for a log line and a header: a tenth of the work of making an object of it."""
    return uuid_utils.uuid7().hex


def new_number(prefix: NumberPrefix) -> str:
    """A document number such as ``RFQ-7K3F-9QXM``: 40 random bits, so nobody can infer how much is traded."""
    bits = secrets.randbits(40)
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
