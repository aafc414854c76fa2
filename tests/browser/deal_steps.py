"""The chapters of the deal as people click through them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from exchange.demo import papers
from exchange.demo.actor import until
from exchange.demo.deal import ACCEPTED, APPROVAL_LIMIT, ASKED, DEPOSIT, PRICES
from exchange.demo.people import PASSWORD, tax_number
from tests.browser.person import Cast, Visitor
from tests.scenarios.story import Story

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ASKED_KG, ACCEPTED_KG = int(ASKED), int(ACCEPTED)
PRICE = int(PRICES["near"])


@dataclass(kw_only=True)
class Firm:
    """A member company of the story and its owner at a browser."""

    name: str
    email: str
    tax_id: str
    owner: Visitor


def operator_email(name: str) -> str:
    return f"{name.replace(' ', '.')}@exchange.example"


async def local_time(story: Story, ahead: timedelta) -> str:
    """A moment of market time as the browser's own date field takes it."""
    now = datetime.fromisoformat((await story.operators["administrator"].get("/clock"))["now"])
    return (now + ahead).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


async def apply(cast: Cast, story: Story, name: str, person: str, account: str) -> Firm:
    """A visitor finds the application, fills it in and is told what happens next."""
    visitor, number, email = await cast.visitor(account), tax_number(), f"{account}@{story.top}"
    await visitor.go("/sign-in")
    await visitor.follow("Apply for membership")
    await visitor.fill("Registration number", number)
    await visitor.fill("Legal name", name)
    await visitor.tick("Manufacturer")
    await visitor.choose("Province or city", "VN-SG")
    await visitor.fill("Address", "12 Nguyễn Huệ, Quận 1, Thành phố Hồ Chí Minh")
    await visitor.fill("Legal representative", person)
    await visitor.fill("Account holder", name)
    await visitor.fill("Bank", "Ngân hàng Sài Gòn Mới")
    await visitor.fill("Account number or IBAN", f"0600{number}")
    await visitor.fill("Your name", person)
    await visitor.fill("Your e-mail", email)
    await visitor.fill("Password", PASSWORD)
    await visitor.press("Send the application")
    await visitor.sees("Thank you, we have your application")
    return Firm(name=name, email=email, tax_id=number, owner=visitor)


async def approve(moderator: Visitor, firm: Firm) -> None:
    """An operator takes the application from the queue and makes the company a member."""
    await moderator.go("/operator/companies")
    await moderator.open(firm.tax_id)
    await moderator.press("I review it")
    await moderator.press("Mark all open fields as right")
    await moderator.press("Approve")
    await firm.owner.go("/apply/received")
    await firm.owner.sees("Your company is a member")


async def colleague(cast: Cast, story: Story, firm: Firm, name: str, account: str, *roles: str) -> Visitor:
    """The owner invites somebody, who opens the link in the e-mail, chooses a password and signs in."""
    email = f"{account}@{firm.email.partition('@')[2]}"
    await firm.owner.go("/company/people")
    await firm.owner.follow("Invite a colleague")
    await firm.owner.fill("E-mail", email)
    for role in roles:
        await firm.owner.tick(role)
    await firm.owner.press("Send the invitation")
    invited = await cast.visitor(account)
    await invited.go(await _link_to(story, email, "/join"))
    await invited.fill("Your name", name)
    await invited.fill("Password", PASSWORD)
    await invited.press("Join the company")
    await invited.sign_in(email, PASSWORD)
    return invited


async def _link_to(story: Story, email: str, path: str) -> str:
    """Where an e-mail leads, as soon as it has arrived."""
    found = re.compile(rf"{re.escape(story.live.stack.url)}({path}\S+)")

    async def links() -> list[str]:
        return found.findall("\n".join(story.live.mailbox.texts(email)))

    return (await until(links, bool, f"an e-mail to {email} with a link to {path}"))[-1]


async def set_limit(buyer: Visitor) -> None:
    """Above 50 million đồng a second person approves."""
    await buyer.go("/company/policies")
    await buyer.page.locator("[name='above']").fill(buyer.amount(APPROVAL_LIMIT))
    await buyer.press("Take this policy")


async def list_product(seller: Visitor, story: Story, title: str) -> None:
    """An offer through its form, with the characteristics that the category asks for."""
    await seller.go("/offers")
    await seller.follow("New listing")
    await seller.fill("Title", title, context="listing")
    await seller.choose("Category", "salt")
    await seller.page.locator("[name='attributes.nacl_percent']").fill("99")
    await seller.fill("Part number", "MT-CN-01")
    await seller.choose("Unit", "KGM")
    await seller.choose("VAT", "VN5")
    await seller.fill("From quantity", seller.amount(1000))
    await seller.fill("Net unit price", seller.amount(PRICE))
    await seller.fill("Available", seller.amount(200_000))
    await seller.fill("Lead time", "5")
    await seller.choose("Ships from", "VN-36")
    await seller.page.locator("[name=regions][value=VN]").uncheck()
    await seller.unfold("Only some provinces")
    await seller.page.locator(f"[name=regions][value={story.region}]").check()
    await seller.choose("Payment", "protected_full")
    await seller.press("Put on sale")
    await seller.sees_status("offer", "Live")


async def list_by_file(seller: Visitor, row: dict[str, object]) -> None:
    """Offers by file: uploaded, checked, looked at, written."""
    await seller.go("/offers")
    await seller.follow("Import a file")
    await seller.attach("File", "offers.jsonl", msgspec.json.encode(row), "application/jsonl", context="upload")
    await seller.press("Check the file")
    await seller.press("Write %(num)s listing")
    await seller.sees(str(row["title"]))


async def publish(buyer: Visitor, story: Story, title: str) -> str:
    """A sealed RFQ with one required property: looked at before it is published. Returns its number."""
    await buyer.go("/rfqs")
    await buyer.follow("New request")
    await buyer.fill("Title", title)
    await buyer.choose("Category", "salt")
    await buyer.fill("Goods or service", "Muối tinh sấy khô, bao 50 kg")
    await buyer.fill("Quantity", buyer.amount(ASKED_KG))
    await buyer.choose("Unit", "KGM")
    await buyer.choose("Deliver to", story.region)
    await buyer.fill("Deliver within", "10")
    wishes = ("Requirements: %(num)s property of this category", "Requirements: %(num)s properties of this category")
    await buyer.unfold(*wishes, 5)
    await buyer.page.locator("[name='lines.0.need.nacl_percent.min']").fill("99")
    await buyer.fill("Deadline for quotations", await local_time(story, timedelta(days=2)))
    await buyer.tick("Sealed until the deadline")
    await buyer.choose("Payment", "protected_full")
    await buyer.press("See who would fit")
    await buyer.sees("Nobody has been told. Change the request and look again, or publish it.")
    await buyer.press("Publish")
    await buyer.sees_status("rfq", "Open")
    return await buyer.number_of()


async def quote(seller: Visitor, number: str, price: str) -> None:
    """A supplier finds the opportunity and quotes."""
    await seller.go("/opportunities")
    await seller.open(number)
    await seller.follow("Write a quotation")
    await seller.fill("Net unit price", price)
    await seller.choose("VAT", "VN5")
    await seller.fill("Lead time", "6")
    await seller.press("Submit quotation")
    await seller.sees("Net to you")


async def pass_deadline(administrator: Visitor) -> None:
    """The sandbox's clock moves on by two days and an hour."""
    await administrator.go("/operator/clock")
    await administrator.fill("Forward by", "49")
    await administrator.choose("Unit", "hours")
    await administrator.press("Move the clock")


async def select(buyer: Visitor, winner: str) -> None:
    """The buyer compares what has opened and selects; the value asks for a second person."""
    await buyer.sees_status("rfq", "Evaluating")
    await buyer.follow("Compare quotations")
    await buyer.sees("best")
    column = buyer.page.locator("table.compare thead th").filter(has_text=winner)
    await buyer.follow_in(column, "Select")
    await buyer.fill("Why this supplier", "Giá thấp nhất, đủ số lượng")
    await buyer.press("Ask for approval")
    await buyer.sees_status("rfq", "Selection awaiting approval")


async def decide(approver: Visitor, title: str) -> None:
    """A second person reads what is asked and says yes."""
    await approver.go("/approvals")
    await approver.open(title)
    await approver.fill("Comment", "Đồng ý")
    await approver.press("Approve")
    await approver.sees_status("approval", "Approved")


async def sign(signatory: Visitor, number: str) -> None:
    """A signatory reads the contract and signs its digest."""
    await signatory.go("/contracts")
    await signatory.open(number)
    await signatory.press("Sign the contract")


async def deposit(first: Visitor, second: Visitor, firm: Firm, reference: str) -> None:
    """One finance operator enters what the bank shows, another releases it."""
    await first.go("/operator/deposits")
    await first.follow("Enter a deposit")
    await first.fill("Member", firm.tax_id)
    await first.fill("Amount", first.amount(DEPOSIT))
    await first.choose("Currency", "VND")
    await first.fill("Bank reference", reference)
    await first.press("Enter")
    await second.go("/operator/deposits")
    await second.press("Release", second.row(reference))


async def protect(buyer: Visitor, number: str) -> None:
    """The buyer sets the instalment aside on its balance."""
    await buyer.go("/orders")
    await buyer.open(number)
    await buyer.follow("Pay into protection")
    await buyer.press("Pay %(amount)s into protection")


async def despatch(seller: Visitor, number: str, kilograms: int) -> None:
    await seller.go("/sales")
    await seller.open(number)
    await seller.follow("Despatch")
    await seller.fill("Quantity", seller.amount(kilograms))
    await seller.fill("Carrier", "Vận tải Phương Nam")
    await seller.press("Despatch")


async def receive(buyer: Visitor, number: str) -> None:
    """The buyer records the arrival and rejects a part with a photo."""
    await buyer.go("/orders")
    await buyer.open(number)
    await buyer.press("Record the arrival")
    await buyer.follow("Inspect the goods")
    await buyer.fill("Accepted", buyer.amount(ACCEPTED_KG))
    await buyer.fill("Rejected", buyer.amount(ASKED_KG - ACCEPTED_KG))
    await buyer.unfold("A part is rejected: reason and photo")
    await buyer.fill("Reason of the rejection", "20 bao bị rách và ẩm")
    await buyer.attach("Photo", "bao-rach.png", papers.photo(), "image/png")
    await buyer.press("Record the inspection")


async def close_remainder(buyer: Visitor, seller: Visitor, number: str) -> None:
    """The buyer proposes to close what is missing; the seller agrees."""
    await buyer.follow("Close the remainder")
    await buyer.fill("Reason", "Không cần giao bù 1 tấn")
    await buyer.press("Propose to close")
    await seller.go("/sales")
    await seller.open(number)
    await seller.press("Agree to close")


async def invoice(seller: Visitor, document: str, gross: int) -> None:
    """The seller records its own invoice from the page of the order; the amounts stand there already."""
    await seller.follow("Record the invoice")
    await seller.fill("Invoice number", document)
    await seller.attach("Invoice file", "hoa-don.pdf", papers.invoice(document, str(gross)), "application/pdf")
    await seller.press("Record the invoice")


async def review(person: Visitor, score: str, text: str) -> None:
    """From the page of a completed order."""
    await person.follow("Write a review")
    await person.tick_beginning(score)
    await person.fill("What others should know", text)
    await person.press("Hand in the review")
