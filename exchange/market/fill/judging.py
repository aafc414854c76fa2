"""What the moderator of the sample market decides, and what waits in the operators' queue today."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from exchange.market.data import Offer
from exchange.market.fill.cast import Cast
from exchange.market.fill.members import MODERATOR, PAGE
from schemas.common import Page
from schemas.moderation import AppealIn, CaseDecision, CaseView, QueuedCase
from schemas.offer import OfferView

NEW_LOT: Final = "lô mới về"
CALL: Final = "Cần báo giá nhanh xin gọi 0903 555 018."
APPEAL: Final = "Số điện thoại trong tin là tổng đài chung của công ty, đã công bố trên trang web. Đề nghị sàn xem lại."


async def judge_listings(cast: Cast) -> None:
    """The moderator looks through the first listings of new members."""
    moderator = await cast.person(MODERATOR)
    while True:
        found = await moderator.get("/operator/cases", Page[QueuedCase], kind="offer", limit=PAGE)
        for case in found.items:
            decision = CaseDecision(version=case.version, accept=True)
            await moderator.post(f"/operator/cases/{case.id}/decide", CaseView, decision)
        if found.next is None:
            return


async def late_listings(cast: Cast, rows: Sequence[Offer], now: datetime) -> None:
    """Listings of today that name a telephone number wait in review; the first was refused, and its seller appeals."""
    made = [await _with_number(cast, row, now) for row in rows]
    if not made:
        return
    moderator = await cast.person(MODERATOR)
    seller = await cast.who(rows[0].company, "company.write")
    case = await seller.get(f"/offers/{made[0].id}/case", CaseView)
    refusal = CaseDecision(version=case.version, accept=False, template="contact")
    await moderator.post(f"/operator/cases/{case.id}/decide", CaseView, refusal)
    await seller.post(f"/cases/{case.id}/appeal", CaseView, AppealIn(text=APPEAL))


async def _with_number(cast: Cast, row: Offer, now: datetime) -> OfferView:
    seller = await cast.who(row.company, "offer.write")
    written = msgspec.structs.replace(
        row.offer,
        external_id=None,
        mpn=None,
        title=f"{row.offer.title} – {NEW_LOT}",
        description=f"{row.offer.description} {CALL}".strip(),
        valid_until=now + timedelta(days=row.valid_days),
    )
    return await seller.post("/offers", OfferView, written, publish=True)
