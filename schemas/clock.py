"""The market's clock; a sandbox's may be moved forward."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class ClockView(Struct, frozen=True):
    """`now` is market time: real time plus what a sandbox was moved ahead."""

    now: datetime
    sandbox: bool


class ClockMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Forward by this many seconds, at most 31 days in one step."""

    seconds: Annotated[int, Meta(ge=1, le=31 * 86400)]
