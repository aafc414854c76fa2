"""Signed heads outside the database: kept by file and by e-mail, and what they prove after everything inside was rewritten."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest

from exchange import events
from exchange.domain.history.anchor import (
    NotAKey,
    NotAnchors,
    new_key,
    private_key,
    public_key,
    public_pem,
    read_anchors,
    sign,
    signed_by,
)
from exchange.domain.history.chain import Head
from exchange.ids import new_id
from exchange.jobs.anchoring import anchor
from exchange.jobs.sequencer import place_batch
from exchange.mailbox import Mailbox
from exchange.settings import Settings, SettingsError, load
from tests.conftest import TestDatabase

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def grow(db: TestDatabase, count: int) -> None:
    worker = await db.worker()
    async with worker.system() as tx:
        for number in range(count):
            await events.append(tx, "test.moved", new_id(), number + 1, to_state="live")
    connection = await asyncpg.connect(db.url("exchange_worker"))
    await place_batch(connection)
    await connection.close()


def verify(db: TestDatabase, *arguments: str) -> tuple[int, list[str]]:
    """`exchange verify audit` as an auditor runs it: exit status and the broken rules."""
    done = subprocess.run(
        [sys.executable, "-m", "exchange", "verify", "audit", "--json", *arguments],
        env={**os.environ, "DATABASE_URL": db.url("exchange_worker")},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, [item["rule"] for item in json.loads(done.stdout)["findings"]] if done.stdout else [done.stderr]


async def test_anchors_prove_what_the_database_forgot(db: TestDatabase, tmp_path: Path) -> None:
    """File and e-mail hold the same signed head; a cut tail and a rewritten past are found with either, and not without."""
    pem, file = new_key(), tmp_path / "anchors.jsonl"
    (tmp_path / "key.pub").write_text(public_pem(private_key(pem)))
    with Mailbox(tmp_path / "mail") as mailbox:
        settings = Settings(
            database_url=db.url("exchange_worker"), matcher_socket="", files_url="", secret="x" * 32,
            audit_key=pem, audit_anchors=str(file), audit_mail="auditor@example.com", smtp_url=mailbox.url,
        )  # fmt: skip
        assert await anchor(settings) is None, "there is no event yet"
        await grow(db, 5)
        first = await anchor(settings)
        assert await anchor(settings) is None, "this head is kept already"
        await grow(db, 5)
        second = await anchor(settings)
    assert first is not None
    assert second is not None
    assert [item.position for item in read_anchors(file)] == [first.position, second.position] == [5, 10]
    (mail,) = [item for item in (tmp_path / "mail").rglob("*.eml") if read_anchors(item) == [second]]
    by_file = ("--anchors", str(file), "--public-key", str(tmp_path / "key.pub"))
    by_mail = ("--anchors", str(mail), "--public-key", str(tmp_path / "key.pub"))
    assert verify(db, *by_file) == verify(db, *by_mail) == (0, [])
    intruder = await asyncpg.connect(db.server.superuser_url(db.name), server_settings={"session_replication_role": "replica"})
    await intruder.execute("DELETE FROM event WHERE position > 8")
    kept = "the record still holds the head that was kept"
    assert (verify(db), verify(db, *by_file), verify(db, *by_mail)) == ((0, []), (1, [kept]), (1, [kept]))
    # Who holds the database may compute every hash again, but has not the key.
    await intruder.execute("UPDATE event SET to_state = 'sold' WHERE position = 3")
    await intruder.execute("DELETE FROM event_recipient; UPDATE event SET position = NULL, hash = NULL")
    await place_batch(intruder)
    end = await intruder.fetchrow("SELECT position, hash FROM event ORDER BY position DESC LIMIT 1")
    await intruder.close()
    forged = tmp_path / "forged.jsonl"
    forged.write_bytes(msgspec.json.encode(sign(private_key(new_key()), Head(end["position"], end["hash"]), NOON)))
    assert verify(db, "--anchors", str(forged), "--public-key", str(tmp_path / "key.pub"))[1] == [
        "an anchor bears the signature of the key"
    ]
    assert verify(db, *by_file)[1] == [kept]
    assert verify(db, "--anchors", str(file))[0] == 2, "without the key an anchor proves nothing"


def test_no_bit_of_an_anchor_may_change() -> None:
    """Position, hash, time and name of the key are signed; another key's signature does not count."""
    key = private_key(new_key())
    made = sign(key, Head(7, bytes(range(32))), NOON)
    assert signed_by(key.public_key(), made)
    for changed in (
        {"position": 8}, {"hash": bytes(32).hex()}, {"at": NOON.replace(hour=13)}, {"key": "0" * 16}, {"signature": ""},
        {"signature": "AAAA" + made.signature[4:]}, {"signature": "no base64"},
    ):  # fmt: skip
        assert not signed_by(key.public_key(), msgspec.structs.replace(made, **changed)), changed
    assert not signed_by(private_key(new_key()).public_key(), made)


def test_what_is_no_key_and_no_anchor_is_said(tmp_path: Path) -> None:
    """A process does not start with a broken key, and a file of something else is no proof."""
    assert public_key(new_key()) is not None
    for text in ("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        with pytest.raises(NotAKey):
            public_key(text)
    given = {
        "DATABASE_URL": "x", "EXCHANGE_MATCHER_SOCKET": "x", "EXCHANGE_FILES_URL": "x", "EXCHANGE_SECRET": "x" * 32,
        "EXCHANGE_AUDIT_KEY": "no key",
    }  # fmt: skip
    with pytest.raises(SettingsError, match="EXCHANGE_AUDIT_KEY"):
        load(given)
    for content in ("", '{"position": 1}', "hello", '{"position":1,"hash":"zz","at":"2026-11-23T12:00:00Z","key":"x"}'):
        file = tmp_path / "a.jsonl"
        file.write_text(content)
        with pytest.raises(NotAnchors):
            read_anchors(file)
