"""Everything on one machine: PostgreSQL and Valkey from wheels, migrations, the three processes, restarted when they die.

`exchange up`, the demo, the benchmarks and the scenario tests all run this.
"""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TextIO
from urllib.request import urlopen

import asyncpg
import msgspec

from exchange import embedded, keyring
from exchange.domain.category.importing import import_categories, import_units
from exchange.domain.history.anchor import new_key, private_key, public_pem
from exchange.domain.identity.grantable import renew_grantable
from exchange.embedded.local import free_port, write_private
from exchange.migrate import migrate
from exchange.settings import DepositAccount
from exchange.supervisor import Child, LineLog, keep_running, supervise

DATABASE: Final = "exchange"
MARKET: Final = Path(__file__).parent / "market"
UNITS: Final = MARKET / "units.json"
CATEGORIES: Final = MARKET / "categories.json"
READY_TIMEOUT_S: Final = 2.0
# A sandbox has an account to show, and no bank has it.
SAMPLE_ACCOUNTS: Final = msgspec.json.encode(
    [
        DepositAccount(currency=currency, bank="Sample Bank", holder="EXCHANGE SANDBOX", number=number, reference="NAP {tax_id}")
        for currency, number in (("VND", "000000000001"), ("USD", "000000000002"))
    ]
).decode()
ROLE_OF: Final[Mapping[str, str]] = {"serve": "exchange_api", "work": "exchange_worker", "match": "exchange_matcher"}
# What takes replies by e-mail, under a domain that nobody looks up.
INBOUND: Final = "inbound"
REPLIES: Final = "reply.localhost"


class StackOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to run it. `data` None keeps nothing; port 0 takes a free one."""

    data: Path | None = None
    port: int = 0
    sandbox: bool = False
    durable: bool = True
    # Also take replies by e-mail.
    inbound: bool = False
    # Settings of the processes that differ from the defaults, as environment variables.
    environment: Mapping[str, str] = {}
    errors: TextIO | None = None


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A running exchange and the ways to look at it from outside."""

    url: str
    data: Path
    postgres: embedded.Postgres
    valkey: embedded.Valkey
    metrics_ports: Mapping[str, int]
    environment: Mapping[str, Mapping[str, str]]
    log: Path

    def database_url(self, role: str) -> str:
        return self.postgres.url(role, DATABASE)


@asynccontextmanager
async def running(options: StackOptions, stop: asyncio.Event | None = None) -> AsyncGenerator[Stack]:
    """The whole exchange, ready to answer; stopped when the block ends. Setting `stop` ends the processes earlier."""
    data = options.data or embedded.scratch("exchange-")
    data.mkdir(parents=True, exist_ok=True)
    postgres = await asyncio.to_thread(lambda: embedded.Postgres.start(data / "postgres", durable=options.durable))
    try:
        valkey = await asyncio.to_thread(lambda: embedded.Valkey.start(data / "valkey"))
        try:
            await _prepare(postgres, options)
            async with _processes(options, data, postgres, valkey, stop or asyncio.Event()) as stack:
                yield stack
        finally:
            await asyncio.to_thread(valkey.stop)
    finally:
        await asyncio.to_thread(postgres.stop)
        if options.data is None:
            shutil.rmtree(data, ignore_errors=True)


async def _prepare(postgres: embedded.Postgres, options: StackOptions) -> None:
    """Roles, database, schema, units and categories: once, and again without effect."""
    await asyncio.to_thread(embedded.ensure_roles, postgres)
    probe = await asyncpg.connect(postgres.superuser_url())
    try:
        exists = await probe.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE)
    finally:
        await probe.close()
    if not exists:
        await asyncio.to_thread(embedded.create_database, postgres, DATABASE)
    await bring_up_to_date(postgres.url(embedded.OWNER, DATABASE), sandbox=options.sandbox and not exists)


async def bring_up_to_date(owner_url: str, *, dry_run: bool = False, sandbox: bool = False) -> list[str]:
    """The schema and the reference data of this release; returns the migrations applied (or to be applied)."""
    names = await migrate(owner_url, dry_run=dry_run, sandbox=sandbox)
    if dry_run:
        return names
    owner = await asyncpg.connect(owner_url)
    try:
        await import_units(owner, UNITS.read_bytes())
        await import_categories(owner, CATEGORIES.read_bytes())
        await renew_grantable(owner)
    finally:
        await owner.close()
    return names


def _audit_key(data: Path) -> Path:
    """The key that signs heads of the record, made once, with its public part beside it."""
    path = data / "audit-key.pem"
    if not path.exists():
        write_private(path, new_key())
    (data / "audit-key.pub").write_text(public_pem(private_key(path.read_text(encoding="utf-8"))), encoding="utf-8")
    return path


def _secret(data: Path) -> str:
    """The signing secret of this data directory, made once."""
    path = data / "secret"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


@asynccontextmanager
async def _processes(
    options: StackOptions, data: Path, postgres: embedded.Postgres, valkey: embedded.Valkey, stop: asyncio.Event
) -> AsyncGenerator[Stack]:
    port = options.port or free_port()
    roles = {**ROLE_OF, **({INBOUND: ROLE_OF["serve"]} if options.inbound else {})}
    ports = {verb: free_port() for verb in roles}
    url = f"http://127.0.0.1:{port}"
    (data / "files").mkdir(exist_ok=True)
    keyring.make(data / "keys")
    shared = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")},
        "REDIS_URL": valkey.url,
        "EXCHANGE_PUBLIC_URL": url,
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_MATCHER_SOCKET": str(data / "matcher.sock"),
        "EXCHANGE_FILES_URL": (data / "files").as_uri(),
        "EXCHANGE_SECRET": _secret(data),
        "EXCHANGE_KEYS_FILE": str(data / "keys"),
        **({"EXCHANGE_DEPOSIT_ACCOUNTS": SAMPLE_ACCOUNTS} if options.sandbox else {}),
        **({"EXCHANGE_REPLY_DOMAIN": REPLIES, "EXCHANGE_INBOUND_PORT": str(free_port())} if options.inbound else {}),
        "PYTHONUNBUFFERED": "1",
        **options.environment,
    }
    # The worker alone signs.
    signs = {"EXCHANGE_AUDIT_KEY_FILE": str(_audit_key(data)), "EXCHANGE_AUDIT_ANCHORS": str(data / "anchors.jsonl")}
    environment = {
        verb: {
            **(signs if verb == "work" else {}),
            **shared,
            "DATABASE_URL": postgres.url(role, DATABASE),
            "EXCHANGE_METRICS_PORT": str(ports[verb]),
        }
        for verb, role in roles.items()
    }
    # All at once, for a quick start: each finds the others when they are there. They end in reverse, the way in first.
    children = [
        Child(verb, [sys.executable, "-m", "exchange", verb], environment[verb], _ready(ports[verb]), waits=False)
        for verb in ("match", "work", "inbound", "serve")
        if verb in roles
    ]
    log_path = data / "exchange.log"
    log = LineLog(log_path, options.errors or sys.stderr)
    started = asyncio.Event()
    servers = [
        asyncio.create_task(keep_running("postgres", postgres, stop, log)),
        asyncio.create_task(keep_running("valkey", valkey, stop, log)),
    ]
    supervisor = asyncio.create_task(supervise(children, stop, log, started=started))
    first = asyncio.create_task(started.wait())
    try:
        await asyncio.wait([first, supervisor], return_when=asyncio.FIRST_COMPLETED)
        if supervisor.done():
            supervisor.result()
        yield Stack(
            url=url,
            data=data,
            postgres=postgres,
            valkey=valkey,
            metrics_ports=ports,
            environment=environment,
            log=log_path,
        )
    finally:
        first.cancel()
        stop.set()
        await asyncio.wait([supervisor, *servers])
        log.close()


def _ready(port: int) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return await asyncio.to_thread(_answers, f"http://127.0.0.1:{port}/readyz")

    return ask


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=READY_TIMEOUT_S) as answer:  # noqa: S310  an address of our own on loopback
            return answer.status == 200
    except OSError:
        return False
