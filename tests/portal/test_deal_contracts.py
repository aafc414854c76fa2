"""Contracts and money in a browser: read and signed with the password; balances, statement, fee invoices; the same again."""

import hashlib
from typing import Any

import msgspec
import pytest

from tests.domain.awards import drafted
from tests.domain.deals import Deals
from tests.domain.firm_orders import live_offer, parties, placed
from tests.portal.browser import browser, form
from tests.world import PASSWORD, Site, key


async def signing(site: Site) -> tuple[Any, Any, str]:
    """A buyer, a seller and the address of a contract that waits for both."""
    buyer = await site.world.company("Bep Viet")
    seller = await site.world.company("Muoi Bac Lieu <script>")
    return buyer, seller, f"/contracts/{await drafted(site.world, buyer, seller)}"


async def test_both_sign_with_their_password_and_the_order_stands(site: Site) -> None:
    """Each page says whom it waits for; the second signature leads to the order."""
    buyer, seller, place = await signing(site)
    one, two = await browser(site, buyer), await browser(site, seller)
    page = await one.see(place)
    assert "Muoi Bac Lieu &lt;script&gt; Ltd" in page
    assert "Salt, food grade" in page
    assert "What your signature binds to" in page
    signed = await one.follow(await one.send(place, f"{place}/sign"))
    assert "Your company has signed; waiting for Muoi Bac Lieu" in signed
    assert "legal representative" in signed
    assert "What your signature binds to" not in signed
    done = await two.follow(await two.send(place, f"{place}/sign"))
    assert "In force" in done
    order = await site.world.owner.fetchval("SELECT id FROM purchase_order")
    assert f"/orders/{order}" in done
    assert "Paid into protection" in await two.see(f"/orders/{order}")


async def test_a_proof_is_asked_for_on_the_way_and_the_form_goes_on(site: Site) -> None:
    """The form is kept on the page that asks; a wrong password signs nothing and is not sent back; the right one leads on."""
    buyer, _, place = await signing(site)
    one = await browser(site, msgspec.structs.replace(buyer, stepped_up=False))
    asked = await one.send(place, f"{place}/sign")
    assert (asked.status_code, asked.headers["location"]) == (307, f"/step-up?to={place}/sign&send=1")
    sent = form(await one.see(place), f"{place}/sign")
    page = await one.client.post(asked.headers["location"], data=dict(sent.fields))
    proving = form(page.text, asked.headers["location"].replace("&", "&"))
    assert proving.value("digest") == sent.value("digest")
    assert proving.value("_idempotency_key") == sent.value("_idempotency_key")
    wrong = await one.send("", asked.headers["location"], html=page.text, _proof="wrong password")
    assert (wrong.status_code, "wrong password" in wrong.text) == (422, False)
    before = one.client.cookies["session"]
    proved = await one.send("", asked.headers["location"], html=wrong.text, _proof=PASSWORD)
    assert (proved.status_code, proved.headers["location"]) == (307, f"{place}/sign")
    assert one.client.cookies["session"] != before
    signed = await one.client.post(proved.headers["location"], data=dict(proving.fields) | {"_proof": PASSWORD})
    assert "Your company has signed" in await one.follow(signed)
    # A link that somebody sends proves, and sends no form that nobody saw.
    led = await one.send(f"/step-up?to={place}/decline&send=1", f"/step-up?to={place}/decline", _proof=PASSWORD)
    assert (led.status_code, led.headers["location"]) == (303, f"{place}/decline")
    other = await one.send("/step-up?to=//evil.example", "/step-up?to=/", _proof=PASSWORD)
    assert (other.status_code, other.headers["location"]) == (303, "/")


async def test_another_digest_is_not_signed(site: Site) -> None:
    """Refused with the text as it is."""
    buyer, _, place = await signing(site)
    one = await browser(site, buyer)
    other = await one.send(place, f"{place}/sign", digest="0" * 64)
    assert other.status_code == 409
    assert "Read it again" in other.text
    assert await site.world.owner.fetchval("SELECT count(*) FROM contract_signature") == 0


async def test_a_signatory_declines_with_a_reason_that_the_other_side_reads(site: Site) -> None:
    """Refused for good, with who and why on both pages; an empty reason is a mistake beside its field."""
    buyer, seller, place = await signing(site)
    one, two = await browser(site, buyer), await browser(site, seller, "vi")
    empty = await two.send(place, f"{place}/decline", reason=" ")
    assert (empty.status_code, 'id="f-reason-wrong"' in empty.text) == (422, True)
    declined = await two.follow(await two.send(place, f"{place}/decline", reason="Giá muối <b>đã tăng</b>"))
    assert "Bạn đã từ chối hợp đồng." in declined
    seen = await one.see(place)
    assert "Muoi Bac Lieu &lt;script&gt; declined to sign" in seen
    assert "Giá muối &lt;b&gt;đã tăng&lt;/b&gt;" in seen
    for gone in ("/sign", "/decline"):
        assert f'action="{place}{gone}"' not in seen
    client = await site.client(buyer)
    late = await client.post(f"/api/v1{place}/decline", json={"reason": "too late"}, headers=key())
    assert (late.status_code, late.json()["current"]) == (409, "refused")
    shown = (await client.get(f"/api/v1{place}")).json()
    assert (shown["status"], shown["refused_by"], shown["actions"]) == ("refused", str(seller.company), [])


async def test_who_has_signed_or_is_no_signatory_declines_nothing(site: Site) -> None:
    """A signature cannot be taken back; a viewer, a stranger and a key are refused."""
    buyer, seller, place = await signing(site)
    one = await browser(site, buyer)
    await one.follow(await one.send(place, f"{place}/sign"))
    expected = {
        buyer: "already-signed",
        await site.world.person(seller.company, "Muoi", "Xem", "viewer"): "forbidden",
        await site.world.company("Lạ"): "not-found",
    }
    for who, code in expected.items():
        answer = await (await site.client(who)).post(f"/api/v1{place}/decline", json={"reason": "do not want"}, headers=key())
        assert answer.json()["code"] == code
    assert await site.world.owner.fetchval("SELECT status FROM contract") == "signing"


async def test_who_is_no_signatory_reads_and_cannot_sign(site: Site) -> None:
    """The page says who is missing; the address refuses."""
    buyer, _, place = await signing(site)
    clerk = await browser(site, await site.world.person(buyer.company, "Bep Viet", "Clerk", "buyer"))
    page = await clerk.see(place)
    assert "Only a signatory of your company can sign" in page
    assert f"{place}/sign" not in page


async def test_the_text_can_be_checked_by_anybody(site: Site) -> None:
    """The JSON is byte for byte what the digest is taken over; the paper is announced until it is printed."""
    buyer, seller, place = await signing(site)
    one = await browser(site, buyer)
    content = (await one.get(f"{place}/text")).content
    assert hashlib.sha256(content).hexdigest() in await one.see(place)
    assert "being printed" in await one.follow(await one.get(f"{place}/pdf"))
    stranger = await browser(site, await site.world.company("Stranger"))
    for page in (place, f"{place}/text", f"{place}/pdf"):
        assert (await stranger.get(page)).status_code == 404
    assert "waiting for" in await (await browser(site, seller)).see(place)


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_the_list_filters_by_state(site: Site, locale: str) -> None:
    """What is to be signed is found by its address, as the start page links it."""
    buyer, _, place = await signing(site)
    one = await browser(site, buyer, locale)
    assert place in await one.see("/contracts?status=signing")
    assert place not in await one.see("/contracts?status=active")
    assert place not in await one.see("/contracts?kind=standard")
    assert b"CON-" in (await one.get("/contracts?format=csv")).content
    assert "deadline" in await one.see("/contracts")


async def test_an_order_is_repeated_in_three_clicks(site: Site) -> None:
    """From the order: repeat, check what changed, order; a listing that changed meanwhile is shown before it binds."""
    api, buyer, seller = await parties(site.world)
    offer = await live_offer(api, seller)
    before = await placed(api, buyer, (offer, "100"))
    one = await browser(site, buyer)
    again = f"/orders/{before.id}/repeat"
    assert again in await one.see(f"/orders/{before.id}")
    page = await one.see(again)
    assert "as before" in page
    await site.world.owner.execute(
        """UPDATE offer SET version = version + 1, tiers = '[{"min_quantity": "10", "price": "70000"}]' WHERE id = $1""", offer.id
    )
    refused = await one.send(again, again, html=page)
    assert refused.status_code == 409
    assert "before: ₫58,000" in refused.text
    order = await one.follow(await one.send(again, again, html=refused.text))
    assert "The order is placed" in order
    assert "₫7,700,000" in order
    assert (await (await browser(site, seller)).get(again)).status_code in (403, 404)


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_the_money_page_says_what_there_is_and_what_is_due(site: Site, locale: str) -> None:
    """Balances, instalments with their button, how to pay in with the company's own reference, statement and fee invoice."""
    deals = await Deals.open(site.world)
    await deals.fund(deals.buyer.company, 1_500_000)
    order = await deals.order([("100", "10000", "10")])
    buyer, seller = await browser(site, deals.buyer, locale), await browser(site, deals.seller, locale)
    page = await buyer.see("/money")
    assert f"/instalments/{order.instalments[0]}/pay" in page
    await deals.pay(order.instalments[0])
    held = await buyer.see("/money")
    assert ("₫400,000" if locale == "en" else "400.000") in held
    delivery = (await deals.despatch(order, "100")).id
    await deals.arrive(delivery)
    await deals.inspect(delivery, (order.lines[0], "100", "0"))
    await deals.invoice(delivery)
    await deals.settle()
    assert f"/orders/{order.id}" in await seller.see("/money/statement")
    fees = await seller.see("/money/fees")
    invoice = await deals.value("SELECT id FROM fee_invoice")
    assert f"/money/fees/{invoice}" in fees
    assert "FEE-2026-000001" in await seller.see(f"/money/fees/{invoice}")
    assert (await buyer.get(f"/money/fees/{invoice}")).status_code == 404
    assert f"instalment:{order.instalments[0]}".encode() in (await seller.get("/money/statement?format=csv")).content
    assert (await seller.get("/money/statement?format=xlsx")).content.startswith(b"PK")


async def test_too_little_money_leads_to_paying_in(site: Site) -> None:
    """The page says what is missing instead of offering a button that fails."""
    deals = await Deals.open(site.world)
    order = await deals.order([("100", "10000", "10")])
    page = await (await browser(site, deals.buyer)).see(f"/instalments/{order.instalments[0]}/pay")
    assert "₫1,100,000 are missing" in page
    assert "/money#pay-in" in page
