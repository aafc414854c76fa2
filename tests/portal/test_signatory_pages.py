"""Who may sign: written down on the page, verified by another owner, revoked, and refused in words."""

from typing import Any

from tests.portal.browser import browser, form
from tests.world import Site

PAGE = "/company/signatories"
PDF = ("uy-quyen.pdf", b"%PDF-1.7 authorisation", "application/pdf")


async def test_an_authorisation_is_written_down_and_verified_by_another_owner(site: Site) -> None:
    """With its file kept over a mistake; who it is for verifies nothing, a viewer only reads, and revoking ends it."""
    boss = await site.world.company("Sao Mai")
    chief = await site.world.person(boss.company, "Sao Mai", "Lê Ký", "owner", "signatory")
    await site.world.owner.execute(
        """UPDATE signatory SET status = 'incomplete', number = NULL, issued_on = NULL, scope = '{}', valid_from = NULL
        WHERE person_id = $1""",
        chief.person,
    )
    row = await site.world.owner.fetchval("SELECT id FROM signatory WHERE person_id = $1", chief.person)
    at = f"{PAGE}/{row}"
    one, two = await browser(site, boss, "vi"), await browser(site, chief)
    viewer = await browser(site, await site.world.person(boss.company, "Sao Mai", "Xem", "viewer"))
    assert "not written down yet" in await viewer.see(PAGE)
    assert at not in await viewer.see(PAGE)
    typed: dict[str, Any] = {"number": "07/2026/GUQ", "issued_on": "2026-01-05", "scope": ["purchase"], "limit": "9,000,000"}
    wrong = await two.send(at, at, files={"file_id": PDF}, **typed)
    assert wrong.status_code == 422
    assert 'id="f-valid_from-wrong"' in wrong.text
    assert form(wrong.text, at).value("file_id")
    early = await two.send(at, at, html=wrong.text, valid_from="2026-01-05", valid_until="2025-01-05")
    assert (early.status_code, 'id="f-valid_until-wrong"' in early.text) == (422, True)
    stale = await two.see(at)
    done = await two.follow(await two.send(at, at, html=early.text, valid_until=""))
    assert "Another owner verifies it." in done
    assert f"{at}/verify" not in done
    assert (await two.send(at, at, html=stale, **typed, valid_from="2026-01-05")).status_code == 409
    seen = await one.see(PAGE)
    assert "07/2026/GUQ" in seen
    assert "9.000.000" in seen
    await one.follow(await one.send(PAGE, f"{at}/verify"))
    assert await site.world.owner.fetchval("SELECT status FROM signatory WHERE id = $1", row) == "verified"
    by_law = await site.world.owner.fetchval("SELECT id FROM signatory WHERE person_id = $1", boss.person)
    assert (await one.get(f"{PAGE}/{by_law}")).status_code == 404
    await one.follow(await one.send(PAGE, f"{at}/revoke"))
    found = await site.world.owner.fetchrow("SELECT s.status, f.attached_at IS NOT NULL FROM signatory AS s "
        "JOIN file AS f ON f.id = s.file_id WHERE s.id = $1", row)  # fmt: skip
    assert tuple(found or ()) == ("revoked", True)
