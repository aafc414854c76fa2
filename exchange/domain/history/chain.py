"""The hash chain over all events: one definition of an event's bytes, used by the sequencer and by the verifier.

hash(1) = sha256(32 zero bytes || bytes(1)), hash(n) = sha256(hash(n-1) || bytes(n)). The bytes of an event are its
position and all other columns but the hash, in the order of FIELDS, as one compact JSON array: uuids in lower case
with dashes, times in UTC as RFC 3339, null for what is absent, the keys of the payload sorted.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

# The columns of `event` that the chain covers, in this order; PAYLOAD stands last and comes as JSON text.
FIELDS: Final = (
    "seq",
    "id",
    "market_id",
    "type",
    "aggregate",
    "aggregate_id",
    "version",
    "actor_id",
    "company_id",
    "audience",
    "request_id",
    "from_state",
    "to_state",
    "at",
    "recorded_at",
    "payload",
)
GENESIS: Final = bytes(32)

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder().decode


class Head(msgspec.Struct, frozen=True):
    """The end of the chain at one moment: whoever keeps it can tell later whether the past was changed."""

    position: int
    hash: bytes


def canonical(position: int, values: Sequence[Any]) -> bytes:
    """The bytes of one event; `values` are its FIELDS, the payload as JSON text."""
    return _encode((position, *values[:-1], _decode(values[-1])))


def link(previous: bytes, position: int, values: Sequence[Any]) -> bytes:
    """The hash of the event at `position`, which follows the event with hash `previous`."""
    return sha256(previous + canonical(position, values)).digest()
