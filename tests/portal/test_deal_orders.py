"""The deal's pages in a browser: from the despatch to the reviews, each side through its own forms."""

import struct
import zlib
from uuid import UUID

import pytest

from tests.domain.deals import Deals, Ordered
from tests.portal.browser import Browser, browser, form
from tests.world import Site


def png() -> bytes:
    """One white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\xff")) + chunk(b"IEND", b"")


async def sides(site: Site, deals: Deals, locale: str = "en") -> tuple[Browser, Browser]:
    return await browser(site, deals.buyer, locale), await browser(site, deals.seller, locale)


async def press(side: Browser, order: UUID, action: str, **typed: str) -> str:
    """Press a button of the order's page and read where it leads."""
    return await side.follow(await side.send(f"/orders/{order}", action, **typed))


async def despatched(seller: Browser, order: Ordered, quantity: str) -> str:
    page = f"/orders/{order.id}/despatch"
    return await seller.follow(await seller.send(page, page, lines__0__quantity=quantity, carrier="Viettel Post", tracking="T-1"))


async def test_a_protected_deal_is_done_with_forms_alone(site: Site) -> None:
    """Pay, despatch, arrive, inspect with a photo, invoice, settle, review: each page offers the next step to the right side."""
    deals = await Deals.open(site.world)
    order = await deals.order([("100", "10000", "10")])
    await deals.fund(deals.buyer.company, 1_500_000)
    buyer, seller = await sides(site, deals)
    place = f"/orders/{order.id}"

    assert "Nothing is despatched before the buyer has paid" in await seller.see(place)
    pay = f"/instalments/{order.instalments[0]}/pay"
    assert "₫400,000" in await buyer.see(pay), "what is available afterwards"
    assert "Paid into protection" in await buyer.follow(await buyer.send(pay, pay))

    despatch = await seller.see(f"{place}/despatch")
    assert "left: 100 of 100" in despatch
    assert "Nobody has written yet" in despatch
    assert "T-1" in await despatched(seller, order, "100")
    delivery = await deals.value("SELECT id FROM delivery")
    assert "Arrived, to inspect" in await press(buyer, order.id, f"/deliveries/{delivery}/arrive")

    inspect = f"/deliveries/{delivery}/inspect"
    talk = f"/messages/about/delivery/{delivery}"
    assert talk in await buyer.see(inspect)
    number = await deals.value("SELECT number FROM delivery")
    assert f'<span class="number">{number}</span>' in await seller.see(talk)
    photo = {"lines.0.photo_file_id": ("broken.png", png(), "image/png")}
    answer = await buyer.send(
        inspect, inspect, photo, lines__0__accepted="95", lines__0__rejected="5", lines__0__reason="Wet <b>boxes</b>"
    )
    page = await buyer.follow(answer)
    assert "Wet &lt;b&gt;boxes&lt;/b&gt;" in page
    shared = await deals.value("SELECT photo ->> 'photo_file_id' FROM delivery, jsonb_array_elements(lines) AS photo")
    assert (await seller.get(f"/api/v1/files/{shared}/content")).status_code == 200, "the seller sees the photo"

    close = f"{place}/closing"
    assert "Closing proposed" in await buyer.follow(await buyer.send(close, close, reason="Rainy season"))
    proposal = await deals.value("SELECT id FROM closing_proposal")
    assert "Closing agreed" in await press(seller, order.id, f"/closings/{proposal}/answer", answer="agree")

    record = f"/deliveries/{delivery}/invoice"
    blank = form(await seller.see(record), record)
    assert (blank.value("net"), blank.value("vat")) == ("950,000", "95,000")
    assert "Matched" in await seller.follow(await seller.send(record, record, number="0000123"))
    await deals.settle()
    sold, bought = await seller.see(place), await buyer.see(place)
    assert "₫1,034,550" in sold, "what the seller gets"
    assert "₫55,000" in bought, "what came back"
    assert "₫9,500" not in bought, "the fee is the seller's affair"

    review = f"{place}/review"
    kept = await buyer.follow(await buyer.send(review, review, score="4", text="Packed with care"))
    assert "Your review is kept" in kept
    assert "Packed with care" not in await seller.see(place), "blind until both have written"
    assert "Packed with care" in await seller.follow(await seller.send(review, review, score="5"))
    await deals.verified()


async def test_a_direct_payment_is_announced_and_answered(site: Site) -> None:
    """The buyer sees account and reference; the seller says no, then yes."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="advance")
    buyer, seller = await sides(site, deals)
    instalment = order.instalments[0]
    page = await buyer.see(f"/instalments/{instalment}/pay")
    reference = await deals.value("SELECT reference FROM instalment")
    assert reference in page
    assert "Test Bank" in page
    answer = f"/instalments/{instalment}/confirm"
    for received, state in (("false", "due"), ("true", "settled")):
        sent = await buyer.send(f"/instalments/{instalment}/pay", f"/instalments/{instalment}/announce")
        assert "Announced by the buyer" in await buyer.follow(sent)
        await press(seller, order.id, answer, received=received)
        assert await deals.status("instalment", instalment) == state


async def test_a_wrong_inspection_keeps_what_was_typed_and_the_photo(site: Site) -> None:
    """Quantities that do not sum come back with an error beside them; the uploaded photo need not be chosen again."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    delivery = (await deals.despatch(order, "10")).id
    await deals.arrive(delivery)
    buyer, _ = await sides(site, deals)
    inspect = f"/deliveries/{delivery}/inspect"
    photo = {"lines.0.photo_file_id": ("p.png", png(), "image/png")}
    refused = await buyer.send(inspect, inspect, photo, lines__0__accepted="9", lines__0__rejected="2", lines__0__reason="Wet")
    assert refused.status_code == 422
    assert "must be 10" in refused.text
    again = form(refused.text, inspect)
    assert (again.value("lines.0.accepted"), again.value("lines.0.reason")) == ("9", "Wet")
    done = await buyer.send(inspect, inspect, html=refused.text, lines__0__rejected="1")
    assert "The inspection is recorded" in await buyer.follow(done)


async def test_a_file_of_another_kind_is_refused_beside_its_field(site: Site) -> None:
    """What a file is, its content decides."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    delivery = (await deals.despatch(order, "10")).id
    await deals.arrive(delivery)
    buyer, _ = await sides(site, deals)
    inspect = f"/deliveries/{delivery}/inspect"
    refused = await buyer.send(inspect, inspect, {"lines.0.photo_file_id": ("p.png", b"<script>", "image/png")})
    assert refused.status_code == 422
    assert 'href="#f-lines-0-photo_file_id"' in refused.text
    assert await deals.status("delivery", delivery) == "arrived"


async def test_a_despatch_of_some_lines_names_errors_at_their_lines(site: Site) -> None:
    """The first line is left empty, the second asks for too much: the error stands beside the second."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10"), ("20", "500", "10")], payment="direct_after_acceptance")
    _, seller = await sides(site, deals)
    page = f"/orders/{order.id}/despatch"
    refused = await seller.send(page, page, lines__0__quantity="", lines__1__quantity="21")
    assert refused.status_code == 422
    assert 'id="f-lines-1-quantity-wrong"' in refused.text
    assert 'id="f-lines-0-quantity-wrong"' not in refused.text
    assert (await seller.send(page, page, html=refused.text, lines__1__quantity="20")).status_code == 303
    sent = await deals.value("SELECT array_agg(despatched ORDER BY position) FROM order_line")
    assert [int(item) for item in sent] == [0, 20]


async def test_an_invoice_that_differs_is_shown_with_its_differences_and_corrected(site: Site) -> None:
    """Both sides read what differs; the seller's form opens again."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    delivery = (await deals.despatch(order, "10")).id
    await deals.arrive(delivery)
    await deals.inspect(delivery, (order.lines[0], "10", "0"))
    buyer, seller = await sides(site, deals)
    record = f"/deliveries/{delivery}/invoice"
    sent = await seller.send(record, record, number="A-1", net="9,000", vat="900")
    assert "expected ₫10,000, invoiced ₫9,000" in await seller.follow(sent)
    assert "Differs" in await buyer.see(f"/orders/{order.id}")
    assert (await buyer.get(record)).status_code in (303, 403)
    assert "Matched" in await seller.follow(await seller.send(record, record, number="A-2"))


async def test_lists_of_both_sides_with_filters_and_files(site: Site) -> None:
    """Bought and sold are separate; a filter narrows; the files carry the rows and defuse formulas."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    await site.world.owner.execute("UPDATE order_line SET title = '=cmd|x'")
    await deals.despatch(order, "4")
    buyer, seller = await sides(site, deals)
    number = await deals.value("SELECT number FROM purchase_order")
    assert number in await buyer.see("/orders")
    assert number not in await seller.see("/orders")
    assert (await seller.get("/orders?side=sell&status=in_progress")).headers["location"] == "/sales?status=in_progress"
    assert number in await seller.see("/sales?status=in_progress")
    assert "Nothing matches these filters" in await seller.see("/sales?status=completed")
    assert number in await buyer.see("/orders?find=sELLer")
    assert "Nothing matches these filters" in await buyer.see("/orders?find=100%25")
    table = (await buyer.get("/orders?format=csv")).content.decode("utf-8-sig")
    assert number in table
    assert "'=cmd|x" in table
    assert (await buyer.get("/orders?format=xlsx")).content.startswith(b"PK")


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_pages_speak_both_languages_and_are_nobody_elses(site: Site, locale: str) -> None:
    """Every page of a running deal answers; to a stranger none of them exists."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="advance")
    delivery = (await deals.despatch(order, "5")).id
    await deals.arrive(delivery)
    buyer, seller = await sides(site, deals, locale)
    stranger = await browser(site, await site.world.company("Stranger"), locale)
    of_buyer = [
        f"/orders/{order.id}", f"/orders/{order.id}/repeat", f"/orders/{order.id}/closing", f"/deliveries/{delivery}/inspect",
        f"/instalments/{order.instalments[0]}/pay",
    ]  # fmt: skip
    for page in of_buyer:
        assert f'<html lang="{locale}"' in await buyer.see(page)
        assert (await stranger.get(page)).status_code == 404
    for page in (f"/orders/{order.id}", f"/orders/{order.id}/despatch", "/sales", "/money"):
        assert f'<html lang="{locale}"' in await seller.see(page)
    assert (await stranger.get(f"/orders/{order.id}/despatch")).status_code == 404


async def test_who_may_not_act_reads_and_is_offered_nothing(site: Site) -> None:
    """A viewer sees the order without its buttons, and no money page."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    viewer = await browser(site, await site.world.person(deals.seller.company, "Seller", "Viewer", "viewer"))
    page = await viewer.see(f"/orders/{order.id}")
    assert "/despatch" not in page
    assert (await viewer.get(f"/orders/{order.id}/despatch")).status_code == 403
    assert (await viewer.get("/money")).status_code == 403
