"""Secrets and personal data that are sent anywhere reach no log, no figure, no crash report and no error answer."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest

from exchange import log
from exchange.jobs.kinds import Internal, Retry
from exchange.metrics import ApiMetrics
from tests.jobs.workshop import job_row, put, runner, until_state, working
from tests.world import Site, key

CANARY = "canaryQ7x"
ONCE = Retry(attempts=1, first_s=0.01, most_s=0.02)
# As a word, an e-mail address, a number of an account, and inside quotes, markup and line ends.
FORMS = (
    CANARY,
    f"{CANARY}@mail.example",
    f"'{CANARY}",
    f'"{CANARY}\\',
    f"`{CANARY}`",
    f"<b>{CANARY}</b>",
    f"{CANARY}\x00",
    f"a\n{CANARY}",
)

# A fault of the database whose message and detail both show what was written.
BREAK = """
CREATE FUNCTION show_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cannot keep %', NEW.about USING ERRCODE = 'XX000', DETAIL = NEW.about, HINT = NEW.about;
END $$;
CREATE TRIGGER show_it BEFORE UPDATE ON company FOR EACH ROW EXECUTE FUNCTION show_it();
"""


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """The first call sets the logs up; the next gives all that this process wrote since."""
    root = logging.getLogger()
    kept = list(root.handlers), root.level

    def read() -> str:
        if structlog.is_configured():
            return "".join(capsys.readouterr())
        log.configure("test", "DEBUG")
        return ""

    yield read
    root.handlers[:], root.level = kept
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


async def test_what_is_sent_over_http_is_not_logged(site: Site, logged: Callable[[], str]) -> None:
    """In address, query, headers, cookies, form and body, refused and broken requests alike; nor does a fault of ours say it."""
    logged()
    ctx = await site.world.company("Sao Mai")
    member, visitor = await site.client(ctx), await site.client()
    await site.world.owner.execute(BREAK)
    answers = []
    for text in FORMS:
        plain = "".join(c for c in text if c.isprintable())
        headers = {"x-request-id": plain, "user-agent": plain, "authorization": f"Bearer {plain}", "cookie": f"session={CANARY}"}
        answers += [
            await visitor.post("/api/v1/session", json={"email": text, "password": text}),
            await visitor.post("/sign-in", data={"email": text, "password": text}),
            await visitor.get("/api/v1/offers", headers=headers),
            await member.get(f"/api/v1/companies/{plain}", params={"find": plain}),
            await member.post("/api/v1/offers", json={"title": text, text: text}, headers=key()),
            await member.post(
                "/api/v1/offers", content=f'{{"title": "{text}"', headers={**key(), "content-type": "application/json"}
            ),
        ]
    before = await member.get("/api/v1/own/company")
    broken = await member.patch(
        "/api/v1/own/company", json={"version": before.json()["company"]["version"], "about": CANARY}, headers=key()
    )
    assert broken.status_code == 500
    assert CANARY not in broken.text
    written = logged()
    assert "request failed" in written
    assert "XX000" in written
    assert CANARY not in written
    assert all(answer.status_code < 500 for answer in answers)
    # A password never comes back, whatever became of it.
    assert all(CANARY not in answer.text for answer in answers if answer.url.path == "/api/v1/session")


async def test_what_a_job_fails_with_is_kept_without_data(site: Site, logged: Callable[[], str]) -> None:
    """Neither the log nor the dead letter that operators read shows what the exception quoted; figures neither."""
    logged()
    worker = await site.world.db.worker()

    async def fail(tx: Any, job: Any) -> None:
        if job.payload["how"] == "database":
            await tx.execute("SELECT set_config('search_path', $1, true), $2::text::integer", CANARY, CANARY)
        raise ValueError(f"cannot mail {CANARY} <{CANARY}@mail.example>")

    async with working(runner(worker, {"act": Internal(fail, retry=ONCE)})):
        for how in ("database", "python"):
            await put(worker, "act", how, how=how, note=CANARY)
            await until_state(worker, how, "dead")
    errors = [(await job_row(worker, how))["last_error"] for how in ("database", "python")]
    assert [error.split(" at ")[0] for error in errors] == ["Invalid: invalid  not-storable", "ValueError"]
    written = logged()
    assert "job is dead" in written
    assert CANARY not in written
    metrics = ApiMetrics()
    metrics.observe("GET", 200, 0.1)
    metrics.observe(CANARY, 200, 0.1)
    assert CANARY not in generate_latest(metrics.registry).decode()
