"""The matcher's memory: a large sorted base, a small sorted delta, a handful of fresh rows, and a live bit for every row.

An offer is live in one place at most. A change clears its bit and puts the new version among the fresh rows; these go to the
delta in batches, and the delta into the base when it has grown to a sixteenth of it. Every such state answers alike.
"""

from collections.abc import Iterable
from uuid import UUID

from matching.build import SegmentBuilder, merge
from matching.frame import Frame
from matching.model import OfferRow
from matching.segment import Segment
from matching.tables import Tables

FRESH_ROWS_MAX = 1_024
FRESH_ROWS_ASKED = 64
DELTA_ROWS_MIN = 1_024
DELTA_SHARE = 16
REMOVED_KEPT_MAX = 100_000


class Columns:
    """Offers by version: an older version than the known one is ignored, an equal one replaces it."""

    def __init__(self) -> None:
        self.tables = Tables()
        self._base = self._segment(())
        self._delta = self._base
        self._fresh: dict[UUID, OfferRow] = {}
        self._fresh_segment: Segment | None = None
        self._removed: dict[UUID, int] = {}
        self._live = 0

    @property
    def live(self) -> int:
        """How many offers take part."""
        return self._live

    @property
    def delta_rows(self) -> int:
        """How many rows stand outside the base."""
        return self._delta.size + len(self._fresh)

    def load(self, rows: Iterable[OfferRow]) -> None:
        """Fills an empty store in one go; each id at most once."""
        builder = self.builder()
        for row in rows:
            if row.live:
                builder.add(row)
        self.load_built(builder)

    def builder(self) -> SegmentBuilder:
        """Takes live rows for `load_built`, as they come."""
        return SegmentBuilder(self.tables)

    def load_built(self, builder: SegmentBuilder) -> None:
        """Fills an empty store with what its builder has taken."""
        assert not self._live, "only an empty store can be loaded"
        self._base = builder.finish()
        self._live = self._base.size

    def apply(self, row: OfferRow) -> bool:
        """Puts a version in the place of the one before. False when a newer one is known."""
        if not row.live:
            return self.remove(row.id, row.version)
        known = self.version_of(row.id)
        if known is not None and known > row.version:
            return False
        self._take_out(row.id)
        self._removed.pop(row.id, None)
        self._fresh[row.id] = row
        self._fresh_segment = None
        self._live += 1
        if len(self._fresh) >= FRESH_ROWS_MAX:
            self._settle()
        return True

    def remove(self, offer_id: UUID, version: int) -> bool:
        """Takes an offer out as of a version, and remembers it against late older ones. False when a newer one is known."""
        known = self.version_of(offer_id)
        if known is not None and known > version:
            return False
        self._take_out(offer_id)
        self._removed.pop(offer_id, None)
        self._removed[offer_id] = version
        if len(self._removed) > REMOVED_KEPT_MAX:
            del self._removed[next(iter(self._removed))]
        return True

    def set_standing(self, company_id: UUID, active: bool) -> None:
        """Offers of a company take part only while it is active; one never heard of is not."""
        self.tables.active.put(self.tables.companies.add(company_id.bytes), active)

    def version_of(self, offer_id: UUID) -> int | None:
        """The newest known version, also of a removed offer."""
        if offer_id in self._removed:
            return self._removed[offer_id]
        if offer_id in self._fresh:
            return self._fresh[offer_id].version
        for segment in (self._delta, self._base):
            row = segment.locate(offer_id)
            if row >= 0:
                return int(segment.fixed["version"][row])
        return None

    def frame(self, category_path: str) -> Frame:
        """The offers of a category and all below it, as columns."""
        if len(self._fresh) >= FRESH_ROWS_ASKED:
            self._settle()
        if self._fresh and self._fresh_segment is None:
            self._fresh_segment = self._segment(self._fresh.values())
        segments = [self._base, self._delta, *([self._fresh_segment] if self._fresh_segment else [])]
        spans = [(segment, *segment.subtree(category_path)) for segment in segments]
        return Frame(self.tables, [span for span in spans if span[1] < span[2]] or spans[:1])

    def compact(self) -> None:
        """Merges everything into the base now."""
        self._base = merge([self._base, self._delta, self._segment(self._fresh.values())])
        self._delta = self._segment(())
        self._clear_fresh()

    def _segment(self, rows: Iterable[OfferRow]) -> Segment:
        builder = self.builder()
        for row in rows:
            builder.add(row)
        return builder.finish()

    def _take_out(self, offer_id: UUID) -> None:
        if self._fresh.pop(offer_id, None) is not None:
            self._fresh_segment = None
            self._live -= 1
            return
        for segment in (self._delta, self._base):
            row = segment.locate(offer_id)
            if row >= 0:
                segment.live[row] = False
                self._live -= 1
                return

    def _settle(self) -> None:
        """Moves the fresh rows on: at every query when there are dozens, and when too many wait for one."""
        self._delta = merge([self._delta, self._segment(self._fresh.values())])
        self._clear_fresh()
        if self._delta.size > max(DELTA_ROWS_MIN, self._base.size // DELTA_SHARE):
            self.compact()

    def _clear_fresh(self) -> None:
        self._fresh.clear()
        self._fresh_segment = None
