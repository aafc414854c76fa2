"""From offer rows, and from existing segments, to a new sorted segment."""

from array import array
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np

from matching.model import BOOLEAN, NEVER_US, NONE_YET, NUMBER, TEXT, OfferRow
from matching.segment import FIXED, Array, Cells, Raw, Segment, arrange, id_halves, path_key
from matching.tables import Codes, Tables
from matching.text import TERM_COUNT_MAX, document_tokens, part_key, token_hash
from schemas.matching import Scalar

_TYPECODES: dict[type[np.generic], str] = {np.uint64: "Q", np.int64: "q", np.int32: "i", np.int16: "h", np.bool_: "b"}
_HASHES_KEPT = 50_000


class _CellsBuilder:
    """The stated values of one attribute while rows are still coming."""

    def __init__(self) -> None:
        self.rows = array("i")
        self.kinds = array("b")
        self.values = array("d")

    def add(self, row: int, value: Scalar, tables: Tables) -> None:
        self.rows.append(row)
        if isinstance(value, bool):
            self.kinds.append(BOOLEAN)
            self.values.append(float(value))
        elif isinstance(value, str):
            self.kinds.append(TEXT)
            self.values.append(float(tables.texts.add(value)))
        else:
            self.kinds.append(NUMBER)
            self.values.append(float(value))

    def finish(self) -> Cells:
        return Cells(
            _flat(self.rows, np.int32),
            _flat(self.kinds, np.int8),
            _flat(self.values, np.float64),
        )


class SegmentBuilder:
    """Takes rows one by one into flat arrays, so that a large load never holds all rows as objects. Each id at most once."""

    def __init__(self, tables: Tables) -> None:
        self.count = 0
        self._tables = tables
        self._paths: Codes[str] = Codes()
        self._path = array("i")
        self._fixed = {name: array(_TYPECODES[kind]) for name, kind in FIXED.items()}
        self._tier_counts = array("i")
        self._tier_minimum = array("q")
        self._tier_price = array("q")
        self._cells: dict[str, _CellsBuilder] = {}
        self._grant_company = array("i")
        self._grant_row = array("i")
        self._token = array("q")
        self._token_row = array("i")
        self._token_count = array("h")
        self._hashes: dict[str, int] = {}

    def add(self, row: OfferRow) -> None:
        number = self.count
        self.count += 1
        self._path.append(self._paths.add(path_key(row.category_path)))
        self._add_tokens(number, row)
        self._add_fixed(row)
        self._tier_counts.append(len(row.tiers))
        for tier in row.tiers:
            self._tier_minimum.append(tier.min_quantity_micro)
            self._tier_price.append(tier.price_micro)
        for attribute, value in row.attributes.items():
            if attribute not in self._cells:
                self._cells[attribute] = _CellsBuilder()
            self._cells[attribute].add(number, value, self._tables)
        if row.visibility == "own":
            for company in {row.company_id, *row.audience}:
                self._grant_company.append(self._company(company))
                self._grant_row.append(number)

    def finish(self) -> Segment:
        raw = Raw(
            path_keys=self._paths.values,
            path=_flat(self._path, np.int32),
            fixed={name: _flat(self._fixed[name], kind) for name, kind in FIXED.items()},
            tier_counts=_flat(self._tier_counts, np.int32),
            tier_minimum=_flat(self._tier_minimum, np.int64),
            tier_price=_flat(self._tier_price, np.int64),
            cells={attribute: cells.finish() for attribute, cells in self._cells.items()},
            grant_company=_flat(self._grant_company, np.int32),
            grant_row=_flat(self._grant_row, np.int32),
            token=_flat(self._token, np.int64),
            token_row=_flat(self._token_row, np.int32),
            token_count=_flat(self._token_count, np.int16),
        )
        return arrange(raw, np.ones(self.count, dtype=np.bool_))

    def _company(self, company_id: UUID) -> int:
        return self._tables.companies.add(company_id.bytes)

    def _add_fixed(self, row: OfferRow) -> None:
        high, low = id_halves(row.id)
        lead = NONE_YET if row.lead_time_days is None else row.lead_time_days
        fixed = self._fixed
        fixed["id_high"].append(high)
        fixed["id_low"].append(low)
        fixed["company"].append(self._company(row.company_id))
        fixed["version"].append(row.version)
        fixed["currency"].append(self._tables.currencies.add(row.currency))
        fixed["unit"].append(self._tables.units.add(row.unit))
        fixed["moq"].append(row.moq_micro)
        fixed["increment"].append(row.increment_micro)
        fixed["available"].append(NONE_YET if row.available_micro is None else row.available_micro)
        fixed["lead"].append(lead)
        fixed["regions"].append(self._tables.region_sets.add(tuple(sorted(set(row.regions)))))
        fixed["valid_until"].append(NEVER_US if row.valid_until_us is None else row.valid_until_us)
        fixed["firm"].append(row.firm)
        fixed["private"].append(row.visibility == "own")
        part = part_key(row.mpn)
        fixed["part"].append(token_hash(part) if part else 0)

    def _add_tokens(self, number: int, row: OfferRow) -> None:
        counts = document_tokens(row.title, row.mpn)
        self._fixed["tokens"].append(sum(counts.values()))
        if len(self._hashes) > _HASHES_KEPT:
            self._hashes.clear()
        for token, count in counts.items():
            name = self._hashes.get(token)
            if name is None:
                name = self._hashes[token] = token_hash(token)
            self._token.append(name)
            self._token_row.append(number)
            self._token_count.append(min(count, TERM_COUNT_MAX))


def merge(segments: list[Segment]) -> Segment:
    """One segment with the live rows of all. An offer is live in at most one of them."""
    offsets = [0, *np.cumsum([segment.size for segment in segments]).tolist()]
    path_keys: list[str] = []
    paths: list[Array] = []
    for segment in segments:
        paths.append(np.repeat(np.arange(len(segment.path_keys)) + len(path_keys), np.diff(segment.path_start)))
        path_keys += segment.path_keys
    raw = Raw(
        path_keys=path_keys,
        path=np.concatenate(paths).astype(np.int32),
        fixed={name: np.concatenate([segment.fixed[name] for segment in segments]) for name in FIXED},
        tier_counts=np.concatenate([np.diff(segment.tier_start) for segment in segments]).astype(np.int32),
        tier_minimum=np.concatenate([segment.tier_minimum for segment in segments]),
        tier_price=np.concatenate([segment.tier_price for segment in segments]),
        cells=_joined_cells(segments, offsets),
        grant_company=np.concatenate([segment.grant_company for segment in segments]),
        grant_row=_shifted([segment.grant_row for segment in segments], offsets),
        token=np.concatenate([np.repeat(segment.tokens, np.diff(segment.token_start)) for segment in segments]),
        token_row=_shifted([segment.token_row for segment in segments], offsets),
        token_count=np.concatenate([segment.token_count for segment in segments]),
    )
    return arrange(raw, np.concatenate([segment.live for segment in segments]))


def _flat(values: "array[Any]", kind: type[np.generic]) -> Array:
    """The collected values without a copy; numpy refuses an empty buffer."""
    return np.frombuffer(values, dtype=kind) if len(values) else np.zeros(0, dtype=kind)


def _shifted(rows: list[Array], offsets: list[int]) -> Array:
    return np.concatenate([part + np.int32(offset) for part, offset in zip(rows, offsets, strict=False)])


def _joined_cells(segments: list[Segment], offsets: list[int]) -> dict[str, Cells]:
    result: dict[str, Cells] = {}
    for attribute in dict.fromkeys(name for segment in segments for name in segment.cells):
        holders = [
            (segment.cells[attribute], offset)
            for segment, (offset, _) in zip(segments, pairwise(offsets), strict=True)
            if attribute in segment.cells
        ]
        result[attribute] = Cells(
            np.concatenate([cells.rows + np.int32(offset) for cells, offset in holders]),
            np.concatenate([cells.kinds for cells, _ in holders]),
            np.concatenate([cells.values for cells, _ in holders]),
        )
    return result
