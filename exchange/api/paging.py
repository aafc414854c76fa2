"""Query parameters that list routes share."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar.params import QueryParameter

from exchange.cursor import read_cursor
from schemas.common import PAGE_MAX

DEFAULT_LIMIT: Final = 20
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX, description="Rows of a page")]
Cursor = Annotated[str | None, QueryParameter(max_length=400, description="The `next` of the page before")]


def time_cursor(text: str | None) -> tuple[datetime | None, UUID | None]:
    """The sort key of a list that is newest first: (time, id) of its last row, or nothing for the first page."""
    return (None, None) if text is None else read_cursor(text, tuple[datetime, UUID])
