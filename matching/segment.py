"""An unchanging block of offers in columns, sorted by category path, so that a category and all below it is one slice.

Raw is the same content in any order: what a builder collects and what a merge puts together. `arrange` sorts it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FIXED: dict[str, type[np.generic]] = {
    "id_high": np.uint64,
    "id_low": np.uint64,
    "company": np.int32,
    "version": np.int64,
    "currency": np.int16,
    "unit": np.int16,
    "moq": np.int64,
    "increment": np.int64,
    "available": np.int64,
    "lead": np.int32,
    "regions": np.int32,
    "valid_until": np.int64,
    "firm": np.bool_,
    "private": np.bool_,
    "part": np.int64,
    "tokens": np.int32,
}


def path_key(path: str) -> str:
    """Makes text order equal tree order: the separator becomes the smallest character."""
    return path.replace("/", "\x00")


def id_halves(offer_id: UUID) -> tuple[int, int]:
    return offer_id.int >> 64, offer_id.int & (2**64 - 1)


@dataclass(slots=True)
class Cells:
    """The stated values of one attribute: the rows that state it, rising, their kind, and a number, a text code or 0/1."""

    rows: NDArray[np.int32]
    kinds: NDArray[np.int8]
    values: NDArray[np.float64]


@dataclass(slots=True)
class Raw:
    """Columns in any row order. `path` numbers a row's `path_keys`; `grant_*` pair a company with a private row it may see."""

    path_keys: list[str]
    path: NDArray[np.int32]
    fixed: dict[str, Array]
    tier_counts: NDArray[np.int32]
    tier_minimum: NDArray[np.int64]
    tier_price: NDArray[np.int64]
    cells: dict[str, Cells]
    grant_company: NDArray[np.int32]
    grant_row: NDArray[np.int32]
    token: NDArray[np.int64]
    token_row: NDArray[np.int32]
    token_count: NDArray[np.int16]


@dataclass(slots=True)
class Segment:
    """Sorted columns. Only `live` ever changes; slices and postings stay valid for as long as the segment exists."""

    path_keys: list[str]
    path_start: NDArray[np.int64]
    fixed: dict[str, Array]
    live: NDArray[np.bool_]
    tier_start: NDArray[np.int64]
    tier_minimum: NDArray[np.int64]
    tier_price: NDArray[np.int64]
    cells: dict[str, Cells]
    grant_company: NDArray[np.int32]
    grant_row: NDArray[np.int32]
    tokens: NDArray[np.int64]
    token_start: NDArray[np.int64]
    token_row: NDArray[np.int32]
    token_count: NDArray[np.int16]
    by_id: NDArray[np.int32]

    @property
    def size(self) -> int:
        return len(self.live)

    def subtree(self, path: str) -> tuple[int, int]:
        """The rows of a category and everything below it; all rows for the empty path."""
        if not path:
            return 0, self.size
        key = path_key(path)
        first = bisect_left(self.path_keys, key)
        last = bisect_left(self.path_keys, key + "\x01")
        return int(self.path_start[first]), int(self.path_start[last])

    def locate(self, offer_id: UUID) -> int:
        """The live row of an offer, or -1."""
        high, low = id_halves(offer_id)
        column = self.fixed["id_high"]
        wanted = np.uint64(high)
        position = int(np.searchsorted(column, wanted, sorter=self.by_id))
        while position < self.size:
            row = int(self.by_id[position])
            if column[row] != wanted:
                break
            if int(self.fixed["id_low"][row]) == low and self.live[row]:
                return row
            position += 1
        return -1

    def granted_rows(self, company: int) -> NDArray[np.int32]:
        """The private rows that a company may see."""
        first, last = np.searchsorted(self.grant_company, [company, company + 1])
        return self.grant_row[first:last]

    def postings(self, token: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
        """The rows that hold a token, rising, and how often."""
        position = int(np.searchsorted(self.tokens, token))
        if position == len(self.tokens) or self.tokens[position] != token:
            return self.token_row[:0], self.token_count[:0]
        first, last = int(self.token_start[position]), int(self.token_start[position + 1])
        return self.token_row[first:last], self.token_count[first:last]


def starts(counts: Array) -> NDArray[np.int64]:
    """Where each run begins, and the total at the end."""
    result = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=result[1:])
    return result


def arrange(raw: Raw, keep: NDArray[np.bool_]) -> Segment:
    """Sorts the kept rows by path, then id."""
    sorted_keys = sorted(set(raw.path_keys))
    rank_of = {key: rank for rank, key in enumerate(sorted_keys)}
    rank = np.array([rank_of[key] for key in raw.path_keys], dtype=np.int64)[raw.path]
    order = np.lexsort((raw.fixed["id_low"], raw.fixed["id_high"], rank))
    order = order[keep[order]]
    target = np.full(len(keep), -1, dtype=np.int32)
    target[order] = np.arange(len(order), dtype=np.int32)
    fixed = {name: column[order] for name, column in raw.fixed.items()}

    per_path = np.bincount(rank[order], minlength=len(sorted_keys))
    used = np.flatnonzero(per_path)
    tier_start, tiers = _runs(raw.tier_counts, order)
    grant_company, grant_row = _grants(raw, target)
    tokens, token_start, token_row, token_count = _postings(raw, target)
    return Segment(
        path_keys=[sorted_keys[position] for position in used],
        path_start=starts(per_path[used]),
        fixed=fixed,
        live=np.ones(len(order), dtype=np.bool_),
        tier_start=tier_start,
        tier_minimum=raw.tier_minimum[tiers],
        tier_price=raw.tier_price[tiers],
        cells=_cells(raw, target),
        grant_company=grant_company,
        grant_row=grant_row,
        tokens=tokens,
        token_start=token_start,
        token_row=token_row,
        token_count=token_count,
        by_id=np.lexsort((fixed["id_low"], fixed["id_high"])).astype(np.int32),
    )


def _runs(counts: NDArray[np.int32], order: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the price tiers of each row begin in the new order, and where each of them stands in the old one."""
    old_start = starts(counts)
    kept = counts[order]
    new_start = starts(kept)
    shift = np.repeat(old_start[order] - new_start[:-1], kept)
    return new_start, shift + np.arange(int(new_start[-1]), dtype=np.int64)


def _cells(raw: Raw, target: NDArray[np.int32]) -> dict[str, Cells]:
    result: dict[str, Cells] = {}
    for attribute, cells in raw.cells.items():
        rows = target[cells.rows]
        order = np.argsort(rows, kind="stable")
        order = order[rows[order] >= 0]
        if len(order):
            result[attribute] = Cells(rows[order], cells.kinds[order], cells.values[order])
    return result


def _grants(raw: Raw, target: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rows = target[raw.grant_row]
    order = np.lexsort((rows, raw.grant_company))
    order = order[rows[order] >= 0]
    return raw.grant_company[order], rows[order]


def _postings(
    raw: Raw, target: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int16]]:
    rows = target[raw.token_row]
    order = np.lexsort((rows, raw.token))
    order = order[rows[order] >= 0]
    tokens, counts = np.unique(raw.token[order], return_counts=True)
    return tokens, starts(counts), rows[order], raw.token_count[order]
