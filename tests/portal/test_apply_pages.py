"""A company applies: every error at once, nothing typed is lost, the applicant goes on signed in."""

from tests.portal.browser import browser, form
from tests.world import Site

GOOD = {
    "country": "VN",
    "registration_id": "0100109106",
    "legal_name": "Công ty TNHH Bao bì Tân Thành",
    "region": "VN-SG",
    "trade_roles": ["manufacturer", "exporter"],
    "address": "12 Nguyễn Huệ, Quận 1",
    "representative": "Võ Thị Lan",
    "representative_title": "Giám đốc",
    "bank__holder": "CÔNG TY TNHH BAO BÌ TÂN THÀNH",
    "bank__bank_name": "Vietcombank",
    "bank__number": "0071 0012 34567",
    "bank__currency": "VND",
    "owner__name": "Võ Thị Lan",
    "owner__email": "lan@tanthanh.example",
    "owner__password": "mat khau rat dai",
    "about": "Thùng carton 5 lớp",
}


async def test_an_application_signs_the_applicant_in(site: Site) -> None:
    """The next page says how it stands; the company's file holds what was typed."""
    visitor = await browser(site)
    answer = await visitor.send("/apply", "/apply", **GOOD)
    page = await visitor.follow(answer)
    assert answer.headers["location"] == "/apply/received"
    assert "Thank you, we have your application" in page
    own = await visitor.see("/company")
    for shown in ("0100109106", "Võ Thị Lan", "Giám đốc", "Thùng carton 5 lớp", "0071001234567", "Hồ Chí Minh"):
        assert shown in own
    assert (await visitor.get("/apply")).headers["location"] == "/apply/received"


async def test_every_error_is_named_and_everything_typed_stays(site: Site) -> None:
    """The schema's and the country's errors stand beside their fields; only the password is asked again."""
    visitor = await browser(site)
    answer = await visitor.send(
        "/apply", "/apply", **{**GOOD, "legal_name": "", "owner__email": "not an address", "bank__number": "12"}
    )
    assert answer.status_code == 422
    for path in ("legal_name", "owner-email", "bank-number"):
        assert f'id="f-{path}-wrong"' in answer.text
        assert f'href="#f-{path}"' in answer.text
    again = form(answer.text, "/apply")
    for name, value in {**GOOD, "legal_name": "", "owner__email": "not an address", "bank__number": "12"}.items():
        if name != "owner__password":
            wanted = value if isinstance(value, list) else [value]
            assert again.values(name.replace("__", ".")) == wanted
    assert again.value("owner.password") == ""
    assert await site.world.owner.fetchval("SELECT count(*) FROM company") == 0


async def test_the_countrys_rules_speak_beside_their_fields(site: Site) -> None:
    """A number with a wrong check digit, in the reader's language."""
    visitor = await browser(site, locale="vi")
    answer = await visitor.send("/apply", "/apply", **{**GOOD, "registration_id": "0100109107"})
    assert answer.status_code == 422
    assert "0100109107 không phải là" in answer.text
    assert form(answer.text, "/apply").value("legal_name") == GOOD["legal_name"]


async def test_a_known_number_or_address_is_refused_on_the_form(site: Site) -> None:
    """409 beside the field, with what was typed."""
    await (await browser(site)).send("/apply", "/apply", **GOOD)
    second = await (await browser(site)).send("/apply", "/apply", **{**GOOD, "owner__email": "other@tanthanh.example"})
    assert (second.status_code, 'id="f-registration_id-wrong"' in second.text) == (409, True)
    third = await (await browser(site)).send("/apply", "/apply", **{**GOOD, "registration_id": "0301442989"})
    assert (third.status_code, 'id="f-owner-email-wrong"' in third.text) == (409, True)


async def test_abroad_the_region_is_the_country(site: Site) -> None:
    """The province stays empty and the tax number is asked."""
    visitor = await browser(site)
    foreign = {**GOOD, "country": "DE", "region": "", "registration_id": "HRB 12345", "tax_id": "DE136695976"}
    answer = await visitor.send("/apply", "/apply", **foreign)
    await visitor.follow(answer)
    assert await site.world.owner.fetchval("SELECT region FROM company") == "DE"


async def test_hostile_text_stays_text(site: Site) -> None:
    """Markup in any field is shown as it was typed, on the form, in the file and in the operators' queue."""
    hostile = '<script>alert("x")</script>"><img src=x onerror=alert(1)>'
    visitor = await browser(site)
    refused = await visitor.send("/apply", "/apply", **{**GOOD, "legal_name": hostile, "address": ""})
    assert refused.status_code == 422
    await visitor.follow(await visitor.send("/apply", "/apply", **{**GOOD, "legal_name": hostile, "about": hostile}))
    operator = await browser(site, await site.world.operator("moderator"))
    pages = [refused.text, await visitor.see("/company"), await visitor.see("/"), await operator.see("/operator/companies")]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in pages[1]
