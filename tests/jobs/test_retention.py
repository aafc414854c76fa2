"""What is past its time goes, in portions, and nothing else; what was removed is counted for the operators."""

from uuid import uuid4

from exchange.domain.privacy import retention
from exchange.files import Files
from exchange.ids import new_id
from exchange.jobs import retention as job
from tests.jobs.workshop import put, runner, states, until_state, working
from tests.world import World


async def test_the_purge_keeps_what_is_young_or_unfinished(db) -> None:
    """Old keys, old done jobs, ended sessions, forgotten counters and old slots go; dead letters and the young stay."""
    worker = await db.worker()
    owner = await db.owner()
    person = uuid4()
    await owner.execute(
        "INSERT INTO person (id, email, name, password_hash, created_at) VALUES ($1, 'a@b.vn', 'An', 'x', now())", person
    )
    for age, name in ((8, "old"), (6, "young")):
        await owner.execute(
            "INSERT INTO idempotency_key (company_id, actor_id, route, key, body_hash, created_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), '/', $1, '', clock_timestamp() - make_interval(days => $2))",
            name,
            age,
        )
        for state in ("done", "dead", "new"):
            await owner.execute(
                "INSERT INTO job (id, kind, dedupe_key, payload, state, done_at)"
                " VALUES (uuidv7(make_interval(days => -$1::integer)), 'act',"
                " $2, '{}', $3, CASE $3::text WHEN 'done' THEN clock_timestamp() - make_interval(days => $1) END)",
                age,
                f"{name} {state}",
                state,
            )
        await owner.execute(
            "INSERT INTO session (token_hash, person_id, expires_at)"
            " VALUES (sha256($1::text::bytea), $2, now() + make_interval(days => 7 - $3))",
            name,
            person,
            age,
        )
        await owner.execute(
            "INSERT INTO sign_in_counter (key, failures, last_at)"
            " VALUES ($1::text::bytea, 3, now() - make_interval(days => ($2 - 6) * 2))",
            name,
            age,
        )
        await owner.execute("INSERT INTO schedule_slot VALUES ($1, now() - make_interval(days => ($2 - 6) * 2))", name, age)
    await put(worker, "act", "fresh")
    await retention.carry_out(worker)
    assert [row["key"] for row in await owner.fetch("SELECT key FROM idempotency_key")] == ["young"]
    assert {row["dedupe_key"] for row in await owner.fetch("SELECT dedupe_key FROM job")} == {
        "old dead",
        "old new",
        "young done",
        "young dead",
        "young new",
        "fresh",
    }
    assert await owner.fetchval("SELECT count(*) FROM session") == 1
    assert [row["key"] for row in await owner.fetch("SELECT key FROM sign_in_counter")] == [b"young"]
    assert [row["name"] for row in await owner.fetch("SELECT name FROM schedule_slot")] == ["young"]
    await owner.close()


async def test_a_portion_at_a_time_deletes_everything(db, monkeypatch) -> None:
    """A large backlog goes in several transactions."""
    worker = await db.worker()
    owner = await db.owner()
    await owner.execute(
        "INSERT INTO idempotency_key (company_id, actor_id, route, key, body_hash, created_at) SELECT gen_random_uuid(),"
        " gen_random_uuid(), '/', 'k', '', now() - interval '9 days' FROM generate_series(1, 25)"
    )
    monkeypatch.setattr(retention, "PORTION", 10)
    await retention.carry_out(worker)
    assert await owner.fetchval("SELECT count(*) FROM idempotency_key") == 0
    await owner.close()


async def test_what_nobody_reads_goes_and_what_is_in_use_stays(world: World, tmp_path) -> None:
    """Old messages, answered webhook deliveries and unused files go, the files' bytes too; waiting and attached ones stay."""
    worker = await world.db.worker()
    owner = world.owner
    ctx = await world.company("Kept")
    files = Files.open(tmp_path.as_uri())
    events = [new_id() for _ in range(4)]
    await owner.executemany(
        "INSERT INTO event (id, type, aggregate, aggregate_id, version, at) VALUES ($1, 'order.placed', 'order', $1, 1, now())",
        [(event,) for event in events],
    )
    endpoint = new_id()
    await owner.execute(
        "INSERT INTO webhook_endpoint (id, company_id, url, secret, status, person_id, created_at)"
        " VALUES ($1, $2, 'https://x.example', 's', 'active', $3, now())",
        endpoint,
        ctx.company,
        ctx.person,
    )
    named = {}
    for days, used in ((31, False), (31, True), (29, False)):
        file = new_id()
        named[days, used] = file
        await files.put(file, b"bytes")
        await owner.execute(
            "INSERT INTO file (id, company_id, name, media_type, size, sha256, purpose, created_at, attached_at) VALUES ($1, $2,"
            " 'a.pdf', 'application/pdf', 5, sha256(''), 'attachment', now() - make_interval(days => $3),"
            " CASE WHEN $4 THEN now() END)",
            file,
            ctx.company,
            days,
            used,
        )
    for days, status in ((31, "delivered"), (31, "waiting"), (29, "failed")):
        await owner.execute(
            "INSERT INTO webhook_delivery (id, endpoint_id, company_id, event_id, status, created_at)"
            " VALUES ($1, $2, $3, $4, $5, now() - make_interval(days => $6))",
            new_id(),
            endpoint,
            ctx.company,
            events.pop(),
            status,
            days,
        )
    await owner.execute(
        "INSERT INTO notification (id, company_id, person_id, event_id, kind, aggregate, aggregate_id, created_at)"
        " VALUES ($1, $2, $3, $4, 'order.placed', 'order', $4, now() - interval '181 days')",
        new_id(),
        ctx.company,
        ctx.person,
        events.pop(),
    )
    done = await retention.carry_out(worker)
    assert {name: count for name, count in done.items() if count} == {
        "notifications": 1,
        "webhook_deliveries": 1,
        "unused_files": 1,
    }
    assert {row["status"] for row in await owner.fetch("SELECT status FROM webhook_delivery")} == {"waiting", "failed"}
    (key,) = await states(worker)
    with_files = runner(worker, job.HANDLERS, files_url=tmp_path.as_uri())
    async with working(with_files):
        await until_state(worker, key, "done")
    assert {path.name for path in (tmp_path / "files").iterdir()} == {str(named[31, True]), str(named[29, False])}
    assert await owner.fetchval("SELECT count(*) FROM file") == 2
    # A later run has nothing to do, and the sum stays.
    assert (await retention.carry_out(worker))["unused_files"] == 0
    async with (await world.db.api()).tx(await world.operator("compliance"), "any") as tx:
        kept = {item.rule.name: item.run for item in await retention.overview(tx)}
    found = kept["unused_files"]
    assert found is not None
    assert (found.removed, found.removed_total) == (0, 1)
    assert kept["record"] is None
