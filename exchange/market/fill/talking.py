"""What people of the sample market write to each other: about an open request, an order and its delivery."""

from collections.abc import Sequence
from uuid import UUID

from exchange.market.data import Rfq
from exchange.market.fill.cast import Cast
from exchange.market.fill.client import Caller
from exchange.market.fill.dealing import Running
from schemas.order import OrderView
from schemas.thread import MessageIn, MessageView, ThreadKind

ASKED = "Chào anh chị, hàng cần giao một lần hay chia nhiều đợt? Bên em cần biết để xếp lịch xe. Số em là 0912 555 047."
ANSWERED = "Chia hai đợt cách nhau một tuần là được. Địa chỉ nhận hàng như trong yêu cầu."
LATE = "Lô vừa rồi có thể giao sáng thứ năm thay vì chiều không? Kho chỉ nhận đến 16 giờ."
AGREED = "Được ạ. Xe đến lúc 9 giờ, tài xế sẽ gọi cổng bảo vệ trước 30 phút."
NOTE = "Lần trước họ giao trễ một ngày. Nhắc kho chụp ảnh niêm phong trước khi ký nhận."
ON_DELIVERY = "Hai thùng bị móp góc, hàng bên trong còn nguyên. Kho đã chụp ảnh kèm biên bản."


async def about_request(cast: Cast, rfq: Rfq, asked: UUID) -> None:
    """A supplier asks, the buyer answers."""
    seller = await cast.who(rfq.quotes[0].company, "quote.write")
    buyer = await cast.who(rfq.buyer, "rfq.write")
    question = await seller.post("/messages", MessageView, MessageIn(kind="rfq", subject_id=asked, body=ASKED))
    answer = MessageIn(kind="rfq", subject_id=asked, seller_id=question.company_id, body=ANSWERED)
    await buyer.post("/messages", MessageView, answer)


async def about_orders(cast: Cast, running: Sequence[Running]) -> None:
    """Both sides arrange a delivery, and the buyer keeps a note that the seller never sees."""
    for run in running:
        buyer, seller = await cast.who(run.buyer, "order.write"), await cast.who(run.seller, "order.confirm")
        await _say(buyer, "order", run.id, LATE)
        await _say(seller, "order", run.id, AGREED)
        await _say(buyer, "order", run.id, NOTE, internal=True)
        order = await buyer.get(f"/orders/{run.id}", OrderView)
        if order.deliveries:
            await _say(buyer, "delivery", order.deliveries[0].id, ON_DELIVERY)


async def _say(who: Caller, kind: ThreadKind, about: UUID, body: str, *, internal: bool = False) -> None:
    await who.post("/messages", MessageView, MessageIn(kind=kind, subject_id=about, body=body, internal=internal))
