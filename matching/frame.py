"""What one query looks at: the slice of a category from every segment, joined column by column and only when asked for."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching.model import ABSENT, BOOLEAN, NONE_YET, TEXT
from matching.segment import Array, Segment
from matching.tables import Tables
from matching.text import token_hash
from schemas.matching import Scalar

Span = tuple[Segment, int, int]


class Frame:
    """Rows 0..size of a category, from at least one span. Arrays may be views of the store: never write to them."""

    def __init__(self, tables: Tables, spans: list[Span]) -> None:
        self.tables = tables
        self.size = sum(last - first for _, first, last in spans)
        self._spans = spans
        self._columns: dict[str, Array] = {}

    def column(self, name: str) -> Array:
        """One fixed column, see segment.FIXED."""
        if name not in self._columns:
            self._columns[name] = _join([segment.fixed[name][first:last] for segment, first, last in self._spans])
        return self._columns[name]

    def takes_part(self, viewer_id: UUID | None, excluded: set[UUID]) -> NDArray[np.bool_]:
        """The offers that this viewer may know of: live, of an active company that is not excluded, and shown to the viewer.

        Everything that is counted, explained or weighed later looks at these rows alone.
        """
        companies = self.tables.companies
        allowed = self.tables.active.first(len(companies.values))
        barred = [companies.find(company.bytes) for company in excluded]
        allowed[[code for code in barred if code >= 0]] = False
        viewer = companies.find(viewer_id.bytes) if viewer_id else -1
        parts: list[Array] = []
        for segment, first, last in self._spans:
            shown = ~segment.fixed["private"][first:last]
            if viewer >= 0:
                granted = segment.granted_rows(viewer)
                granted = granted[(granted >= first) & (granted < last)]
                shown[granted - first] = True
            parts.append(shown & segment.live[first:last])
        return _join(parts) & allowed[self.column("company")]

    def of_companies(self, companies: Collection[UUID]) -> NDArray[np.bool_]:
        """The rows of any of these companies."""
        codes = [self.tables.companies.find(company.bytes) for company in companies]
        return np.isin(self.column("company"), codes)

    def attribute(self, key: str) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """Kind and value of an attribute for every row."""
        kinds = np.full(self.size, ABSENT, dtype=np.int8)
        values = np.zeros(self.size, dtype=np.float64)
        at = 0
        for segment, first, last in self._spans:
            cells = segment.cells.get(key)
            if cells is not None:
                low, high = np.searchsorted(cells.rows, [first, last])
                rows = cells.rows[low:high] + (at - first)
                kinds[rows] = cells.kinds[low:high]
                values[rows] = cells.values[low:high]
            at += last - first
        return kinds, values

    def scalar(self, kind: int, value: float) -> Scalar | None:
        """An attribute's value as it was stated; numbers as IEEE doubles."""
        if kind == ABSENT:
            return None
        if kind == TEXT:
            return self.tables.texts.codes.values[int(value)]
        return bool(value) if kind == BOOLEAN else value

    def prices(self, quantity_micro: int | None) -> NDArray[np.int64]:
        """The unit price in micro of each row at a quantity, or at its own minimum order; -1 where it states none."""
        parts: list[Array] = []
        for segment, first, last in self._spans:
            bounds = segment.tier_start[first : last + 1]
            low, high = int(bounds[0]), int(bounds[-1])
            minimum = segment.tier_minimum[low:high]
            if quantity_micro is None:
                reached = minimum <= np.repeat(segment.fixed["moq"][first:last], np.diff(bounds))
            else:
                reached = minimum <= quantity_micro
            running = np.zeros(high - low + 1, dtype=np.int64)
            np.cumsum(reached, out=running[1:])
            counts = running[bounds[1:] - low] - running[bounds[:-1] - low]
            price = np.full(last - first, NONE_YET, dtype=np.int64)
            priced = counts > 0
            price[priced] = segment.tier_price[(bounds[:-1] + counts - 1)[priced]]
            parts.append(price)
        return _join(parts)

    def token(self, token: str) -> NDArray[np.int64]:
        """How often each row's title and part number hold a token."""
        counts = np.zeros(self.size, dtype=np.int64)
        name = token_hash(token)
        at = 0
        for segment, first, last in self._spans:
            rows, times = segment.postings(name)
            low, high = np.searchsorted(rows, [first, last])
            counts[rows[low:high] + (at - first)] = times[low:high]
            at += last - first
        return counts

    def offer_id(self, row: int) -> UUID:
        return UUID(int=int(self.column("id_high")[row]) << 64 | int(self.column("id_low")[row]))

    def company_id(self, row: int) -> UUID:
        return UUID(bytes=self.tables.companies.values[int(self.column("company")[row])])

    def version(self, row: int) -> int:
        return int(self.column("version")[row])


def _join(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(cast(list[Any], parts))
