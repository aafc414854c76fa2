"""Messages in a browser: written on the page of a document, read in one place, noted inside, found again."""

from uuid import UUID

from tests.domain.deals import Deals
from tests.portal.browser import Browser, browser
from tests.portal.test_deal_orders import png
from tests.world import Site


async def written(side: Browser, page: str, about: str, body: str, **typed: str) -> str:
    """Send the form of a page and read where it leads."""
    return await side.follow(await side.send(page, f"/messages/about/{about}", body=body, **typed))


async def test_two_sides_write_and_note_with_forms_alone(site: Site) -> None:
    """A message with a file from the order's page, an answer from its conversation, a note that only colleagues see."""
    deals = await Deals.open(site.world)
    order = await deals.order([("100", "10000", "10")])
    colleague = await site.world.person(deals.buyer.company, "Buyer", "Trần Thị Lan", "buyer")
    buyer, seller, lan = [await browser(site, who, "en") for who in (deals.buyer, deals.seller, colleague)]
    page, about = f"/orders/{order.id}", f"order/{order.id}"
    assert "Nobody has written yet" in await buyer.see(page)
    assert "No messages yet" in await buyer.see("/messages")
    answer = await buyer.send(
        page, f"/messages/about/{about}", {"attach": ("bản vẽ.png", png(), "image/png")}, body="Xin xem <b>bản vẽ</b>"
    )
    assert "Xin xem &lt;b&gt;bản vẽ&lt;/b&gt;" in await buyer.follow(answer)
    assert answer.headers["location"] == f"{page}#messages"
    listed = await seller.see("/messages")
    assert '<span class="n">1</span>' in listed, "the side bar counts it"
    thread = UUID(listed.split('href="/messages/')[1][:36])
    opened = await seller.see(f"/messages/{thread}")
    assert "bản vẽ.png" in opened
    assert '<span class="n">' not in await seller.see("/messages"), "it has been opened"
    everything = await seller.see("/messages?show=unread")
    assert "You have read everything" in everything
    assert '<a class="chip on" href="/messages" aria-current="true">Unread' in everything
    assert "You have read everything" not in await lan.see("/messages?show=unread")
    note = await written(buyer, page, about, "Giá hơi cao, @Trần Thị Lan xem giúp", internal="on")
    assert "Only your company sees this" in note
    assert "@Trần Thị Lan" in note
    assert "Giá hơi cao" in await lan.see(f"/messages/{thread}")
    for hidden in (await seller.see(page), await seller.see(f"/messages/{thread}"), await seller.see("/messages?find=gia")):
        assert "Giá hơi cao" not in hidden
    assert "Đã nhận" in await written(seller, f"/messages/{thread}", about, "Đã nhận, cảm ơn")
    assert "Giá hơi cao" in await buyer.see("/messages?find=gia+cao")
    assert "No message holds all these words" in await seller.see("/messages?find=gia+cao")
    strange = await seller.get("/messages/about/order/00000000-0000-7000-8000-000000000000")
    assert strange.status_code == 404


async def test_what_was_typed_comes_back_with_the_error(site: Site) -> None:
    """A file that is refused is named beside its field; the text, the choice and the good file are still there."""
    deals = await Deals.open(site.world)
    order = await deals.order([("100", "10000", "10")])
    buyer = await browser(site, deals.buyer, "en")
    action = f"/messages/about/order/{order.id}"
    answer = await buyer.send(
        action, action, {"attach": ("virus.exe", b"MZ\x90\x00", "application/pdf")}, body="Xem tệp", internal="on"
    )
    assert answer.status_code == 422
    assert "virus.exe" in answer.text
    assert "Xem tệp" in answer.text
    assert await deals.value("SELECT count(*) FROM message") == 0
    empty = await buyer.send(action, action, body="  ")
    assert "Write something or attach a file." in empty.text
