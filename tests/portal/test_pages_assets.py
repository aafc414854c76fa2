"""Static files are what VENDOR.json says, small, compressed, and cached for a year under changing addresses."""

import gzip
import hashlib
import json
import re
from datetime import UTC, datetime

import pytest
from litestar import Litestar, Request, get
from litestar.testing import TestClient

from exchange.pages.assets import STATIC_DIR, asset_url, assets, static_file
from exchange.pages.preferences import (
    amount_in_words_route,
    path_inside,
    preferred_locale,
    preferred_theme,
)
from exchange.pages.styleguide import SAMPLES, render_styleguide
from exchange.pages.vendor import drop_unused_properties, prune

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PAGE_LIMIT_BYTES = 200_000


@get("/here", sync_to_thread=False)
def here(request: Request) -> dict[str, str]:  # type: ignore[type-arg]
    return {"locale": preferred_locale(request), "theme": preferred_theme(request)}


@pytest.fixture
def client():
    with TestClient(Litestar([static_file, amount_in_words_route, here], openapi_config=None)) as made:
        yield made


def test_vendored_files_are_what_their_list_says() -> None:
    """Every vendored file has name, version, licence and digest, and nothing else lies beside them."""
    entries = json.loads((STATIC_DIR / "vendor/VENDOR.json").read_text())
    files = {path.name for path in (STATIC_DIR / "vendor").iterdir()} - {"VENDOR.json", "icons.txt"}
    assert {entry["file"] for entry in entries} == files
    for entry in entries:
        assert hashlib.sha256((STATIC_DIR / "vendor" / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert entry["licence"]


def test_the_sprite_holds_the_listed_icons() -> None:
    """The list of names and the sprite agree."""
    listed = set((STATIC_DIR / "vendor/icons.txt").read_text().split())
    assert set(re.findall(r'symbol id="([\w-]+)"', (STATIC_DIR / "vendor/icons.svg").read_text())) == listed


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_with_everything_it_loads_is_light(name: str) -> None:
    """HTML and all its assets stay under 200 kB before compression."""
    html = render_styleguide(name, "vi", "light", NOW)
    loaded = set(re.findall(r'"/static/([^"?#]+)\?v=', html))
    assert {"app.css", "app.js", "vendor/tabler.css", "vendor/htmx.js", "vendor/icons.svg"} <= loaded
    assert len(html.encode()) + sum(len(assets()[file].plain) for file in loaded) < PAGE_LIMIT_BYTES


def test_nothing_loads_from_elsewhere() -> None:
    """Stylesheets and scripts name no other host and import nothing."""
    for name in ("app.css", "app.js", "vendor/tabler.css"):
        text = assets()[name].plain.decode()
        assert not re.search(r"@import|url\((?![\"']?data:)|https?://(?!www\.w3\.org|tabler\.io)", text)


def test_files_are_compressed_and_kept(client: TestClient[Litestar]) -> None:
    """A browser that reads gzip gets it, another the plain file, both for a year; the address carries the digest."""
    address = asset_url("app.css")
    plain = (STATIC_DIR / "app.css").read_bytes()
    assert hashlib.sha256(plain).hexdigest()[:12] in address
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain)
    assert gzip.decompress(assets()["app.css"].packed) == plain
    bare = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in bare.headers
    assert bare.content == plain
    assert "immutable" in bare.headers["cache-control"]
    assert bare.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("name", ["nothing.css", "../environment.py", "vendor/VENDOR.json", "%2e%2e/environment.py"])
def test_only_listed_files_are_served(client: TestClient[Litestar], name: str) -> None:
    """Other files of the package cannot be reached."""
    assert client.get(f"/static/{name}").status_code == 404


def test_language_and_theme_come_from_cookies_then_the_browser(client: TestClient[Litestar]) -> None:
    """A visitor reads Vietnamese unless browser or cookie say otherwise; values that we do not know change nothing."""
    assert client.get("/here", headers={"accept-language": "fr, en;q=0.8"}).json() == {"locale": "en", "theme": "auto"}
    assert client.get("/here", headers={"accept-language": "fr"}).json()["locale"] == "vi"
    client.cookies.update({"locale": "en", "theme": "dark"})
    assert client.get("/here", headers={"accept-language": "vi"}).json() == {"locale": "en", "theme": "dark"}
    client.cookies.update({"locale": "xx", "theme": "neon"})
    assert client.get("/here", headers={"accept-language": "vi"}).json() == {"locale": "vi", "theme": "auto"}


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb", ""]
)
def test_the_way_back_stays_inside(back: str) -> None:
    """A forged form cannot send a reader to another site."""
    assert path_inside(back) == "/"


def test_the_echo_of_an_amount(client: TestClient[Litestar]) -> None:
    """While an amount is typed its words come from the server, in the reader's language and number format."""
    client.cookies.set("locale", "vi")
    assert client.get("/amount-in-words", params={"amount": "1.200.000.000"}).text == "Một tỷ hai trăm triệu đồng"
    assert client.get("/amount-in-words", params={"amount": "1,5,0"}).text == ""
    client.cookies.set("locale", "en")
    assert (
        client.get("/amount-in-words", params={"amount": "2,000,000.50", "currency": "USD"}).text
        == "Two million US dollars and 50/100"
    )
    assert client.get("/amount-in-words", params={"amount": "2,000,000", "currency": "???"}).status_code == 200


def test_the_cut_of_the_stylesheet_keeps_what_is_named() -> None:
    """Only rules of named classes survive, inside media queries too; unused custom properties go."""
    css = (
        "@charset 'x';:root{--a:1;--b:var(--a);--c:3}.btn,.gone{color:var(--b)}.gone:hover{x:y}"
        "@media print{.btn{a:b}.gone{c:d}}@keyframes k{from{a:b}}"
    )
    cut = prune(css, frozenset({"btn"}))
    assert cut == ":root{--a:1;--b:var(--a);--c:3}.btn{color:var(--b)}@media print{.btn{a:b}}"
    assert drop_unused_properties(cut, "") == ":root{--a:1;--b:var(--a);}.btn{color:var(--b)}@media print{.btn{a:b}}"
