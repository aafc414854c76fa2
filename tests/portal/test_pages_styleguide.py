"""The sample pages in a real browser: both languages, phone and desk, light and dark; accessible, quiet, inside their width."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from exchange.pages.assets import assets
from exchange.pages.styleguide import SAMPLES, render_styleguide
from tests.browser.chromium import chromium
from tests.browser.watch import RUN_AXE, SERIOUS

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PHONE, DESK = (390, 844), (1280, 860)
STREAM = b"event: inbox\ndata: 7\n\n"


class Samples(BaseHTTPRequestHandler):
    """Serves the sample pages under the portal's Content-Security-Policy, with a live stream of one message."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            asset = assets()[path.removeprefix("/static/")]
            self.answer(asset.plain, asset.media_type)
        elif path == "/live":
            self.answer(STREAM, "text/event-stream")
        elif path == "/amount-in-words":
            self.answer("Hai tỷ đồng".encode(), "text/plain; charset=utf-8")
        else:
            _, name, locale, theme = path.split("/")
            self.answer(render_styleguide(name, locale, theme, NOW).encode(), "text/html; charset=utf-8")  # type: ignore[arg-type]

    def answer(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Samples)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


def watched(page: Page) -> list[str]:
    """Everything the console complains about from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def violations(page: Page) -> list[Any]:
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(RUN_AXE, SERIOUS)["violations"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(("locale", "theme", "size"), [("vi", "dark", PHONE), ("en", "light", DESK)])
def test_sample_pages_are_accessible_and_fit(
    page: Page, site: str, name: str, locale: str, theme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    """axe finds nothing serious, the console stays silent, no page is wider than its window, and a picture is kept."""
    said = watched(page)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site}/{name}/{locale}/{theme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    found = violations(page)
    serious = [
        (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert said == []
    picture = tmp_path / f"{name}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(("theme", "size"), [("light", PHONE), ("dark", DESK)])
def test_parts_are_accessible_in_the_other_combinations(page: Page, site: str, theme: str, size: tuple[int, int]) -> None:
    """Colours pass in both themes at both widths, with menus, reasons and dialogs open."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name, opener in (
        ("parts", ".tools details:last-child summary"),
        ("match", ".why summary"),
        ("detail", "button.danger"),
        ("form", "[data-add-row]"),
    ):
        page.goto(f"{site}/{name}/vi/{theme}")
        page.click(opener)
        found = violations(page)
        assert [
            (name, rule["id"], rule["nodes"][0]["html"][:160]) for rule in found if rule["impact"] in ("serious", "critical")
        ] == []


def test_targets_are_large_enough(page: Page, site: str) -> None:
    """Buttons, menu entries and controls measure at least 24 pixels both ways on a phone."""
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for name in ("list", "detail", "form", "queue"):
        page.goto(f"{site}/{name}/vi/light")
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, .btn, .tool, .bottom a, .chip, select, input:not([type=hidden])')]
            .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.choice, .form-check'))
            .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
        )
        assert small == []


def test_slash_searches_and_live_counts_arrive(page: Page, site: str) -> None:
    """One key leads to the search field, and the unread count follows the live stream."""
    page.goto(f"{site}/list/vi/light")
    expect(page.locator("[data-inbox-count]")).to_have_text("7")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"


def test_changed_parts_renew_themselves_but_never_under_the_reader(page: Page, site: str) -> None:
    """A part of the page is fetched again when its object changes; one that holds the focus waits and says so."""
    page.route("**/live", lambda route: route.fulfill(content_type="text/event-stream", body="event: change\ndata: order:1\n\n"))

    def draw(route: Route) -> None:
        answer = route.fetch()
        later = route.request.resource_type == "fetch"
        route.fulfill(response=answer, body=answer.text().replace("Cần bạn trả lời", "Đã trả lời") if later else answer.text())

    page.route("**/detail/vi/light", draw)
    page.goto(f"{site}/detail/vi/light")
    part = page.locator("[data-live='order:1']")
    expect(part).to_have_class("is-changed")
    expect(part.get_by_text("Đã trả lời")).to_be_visible()
    part.get_by_text("Ghi nhận nhận hàng").focus()
    expect(part).to_have_class("is-changed is-stale")
    expect(part.get_by_text("Có thay đổi: xem nội dung mới")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    expect(part.get_by_text("Có thay đổi: xem nội dung mới")).to_be_hidden()


def test_rows_are_added_removed_and_brought_back(page: Page, site: str) -> None:
    """A new row has its own names and the focus; a removed one can be taken back."""
    page.goto(f"{site}/form/vi/light")
    page.click("[data-add-row]")
    assert page.evaluate("document.activeElement.name") == "lines.2.text"
    page.fill("[name='lines.2.text']", "Muối tôm")
    page.click("[data-row]:has([name='lines.2.text']) [data-remove-row]")
    assert page.locator("[data-rows] > [data-row]").count() == 2
    page.click(".toast button")
    assert page.input_value("[name='lines.2.text']") == "Muối tôm"


def test_a_draft_survives_a_reload_and_large_amounts_are_spelled(page: Page, site: str) -> None:
    """What was typed is still there when the page is opened again in this tab."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{site}/form/vi/light")
    page.evaluate("document.getElementById('summary').remove()")
    page.fill("[name=budget]", "2.000.000.000")
    expect(page.locator("[data-words-of=f-budget]")).to_have_text("Hai tỷ đồng")
    expect(page.locator("[data-saved]")).to_have_text("Đã giữ trong thẻ này")
    assert '"budget","2.000.000.000"' in page.evaluate("Object.values(sessionStorage).join()")
    assert "sample" not in page.evaluate("Object.values(sessionStorage).join()")


def test_the_theme_changes_at_once_and_is_remembered(page: Page, site: str) -> None:
    """The switch needs no reload and leaves a cookie for the server."""
    page.goto(f"{site}/home/vi/light")
    page.click(".tools details:last-child summary")
    page.click("[data-theme-switch][value=dark]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert "theme=dark" in page.evaluate("document.cookie")


def test_danger_asks_first_and_enter_does_no_harm(page: Page, site: str) -> None:
    """A dangerous button opens a dialog with its consequences; the quiet answer has the focus."""
    page.goto(f"{site}/detail/en/light")
    page.click("button.danger")
    dialog = page.locator("dialog:popover-open")
    assert "The seller must agree within 2 days." in dialog.inner_text()
    assert page.evaluate("document.activeElement.textContent") == "Keep it as it is"
    page.keyboard.press("Enter")
    assert page.locator("dialog:popover-open").count() == 0


def test_reading_and_danger_work_without_javascript(browser: Browser, site: str) -> None:
    """Menus, filters, reasons and the confirming dialog are HTML."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(f"{site}/detail/vi/light")
    page.click(".burger summary")
    assert page.locator(".burger .nav").get_by_text("Hợp đồng").is_visible()
    page.click(".burger summary")
    page.click("button.danger")
    assert page.get_by_text("Phần chưa giao sẽ không giao nữa.").is_visible()
    page.goto(f"{site}/match/vi/light")
    page.click(".why summary")
    assert page.get_by_text("31 đơn hoàn tất").first.is_visible()
    context.close()
