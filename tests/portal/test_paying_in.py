"""Where members pay in: the exchange's account as it is set, with each company's own reference, or a clear no."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec import structs

from exchange.settings import SettingsError, load
from tests.portal.browser import browser
from tests.world import Site

ACCOUNTS = """[{"currency": "VND", "bank": "VCB <1>", "holder": "SAN GIAO DICH", "number": "0071001234567",
    "reference": "NAP {tax_id}"}, {"currency": "USD", "bank": "VCB", "holder": "SAN GIAO DICH", "number": "0071371234567"}]"""
NEEDED = {
    "DATABASE_URL": "postgresql://x",
    "EXCHANGE_MATCHER_SOCKET": "/x",
    "EXCHANGE_FILES_URL": "file:///x",
    "EXCHANGE_SECRET": "x" * 32,
}


@pytest_asyncio.fixture
async def paid_into(site: Site) -> AsyncIterator[Site]:
    """The same exchange with two accounts."""
    settings = structs.replace(site.deps.settings, deposit_accounts=ACCOUNTS)
    found = Site(site.world, structs.replace(site.deps, settings=settings))
    yield found
    await found.close()


async def test_the_accounts_are_shown_with_the_companys_reference(paid_into: Site) -> None:
    """Each of them, escaped; the API says the same; who does not see money does not see them."""
    owner = await paid_into.world.company("Sao Mai")
    tax_id = await paid_into.world.owner.fetchval("SELECT tax_id FROM company WHERE id = $1", owner.company)
    seen = await (await browser(paid_into, owner, "vi")).see("/money")
    for text in ("VCB &lt;1&gt;", "SAN GIAO DICH", "0071001234567", f"NAP {tax_id}", "0071371234567", "Tài khoản nhận VND"):
        assert text in seen, text
    listed = (await (await paid_into.client(owner)).get("/api/v1/ledger/paying-in")).json()
    assert [(item["currency"], item["reference"]) for item in listed] == [("VND", f"NAP {tax_id}"), ("USD", tax_id)]
    viewer = await paid_into.world.person(owner.company, "Sao Mai", "Xem", "viewer")
    assert (await (await paid_into.client(viewer)).get("/api/v1/ledger/paying-in")).status_code == 403


async def test_without_an_account_nobody_is_told_to_transfer(site: Site) -> None:
    """The page says so and warns of others' accounts; the API lists none."""
    owner = await site.world.company("Sao Mai")
    assert "Paying in is not possible yet" in await (await browser(site, owner)).see("/money")
    assert (await (await site.client(owner)).get("/api/v1/ledger/paying-in")).json() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "truncated"),
        ('[{"currency": "VND", "bank": "V", "holder": "S"}]', "number"),
        ('[{"currency": "VND", "bank": "V", "holder": "S", "number": "1", "reference": "NAP"}]', "reference"),
        ('[{"currency": "đồng", "bank": "V", "holder": "S", "number": "1"}]', "currency"),
    ],
)
def test_a_wrong_setting_stops_the_start(text: str, said: str) -> None:
    """Named by its variable, with what is wrong."""
    with pytest.raises(SettingsError, match=f"EXCHANGE_DEPOSIT_ACCOUNTS: .*{said}"):
        load({**NEEDED, "EXCHANGE_DEPOSIT_ACCOUNTS": text})


def test_a_right_setting_and_an_empty_one_are_read() -> None:
    """Two accounts, or none."""
    assert len(load({**NEEDED, "EXCHANGE_DEPOSIT_ACCOUNTS": ACCOUNTS}).paying_in) == 2
    assert load({**NEEDED, "EXCHANGE_DEPOSIT_ACCOUNTS": ""}).paying_in == ()
