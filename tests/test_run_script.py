"""`./run` finds uv, or brings it, on a machine that has Python and nothing else."""

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVERY_MACHINE = (
    "manylinux_2_17_x86_64.manylinux_2_17_aarch64.musllinux_1_1_x86_64.musllinux_1_1_aarch64"
    ".macosx_10_12_x86_64.macosx_11_0_arm64"
)


class Machine:
    """A temporary checkout with a PATH of its own; venv, ensurepip and pip are missing unless asked for."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.path = folder / "path"
        hidden = folder / "hidden"
        for directory in (self.checkout, self.path, hidden):
            directory.mkdir()
        shutil.copy(ROOT / "run", self.checkout / "run")
        (self.path / "python3").symlink_to(Path(sys.executable).resolve())
        for module in ("venv", "ensurepip", "pip"):
            (hidden / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module!r}', name={module!r})\n")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PYTHON"))}
        self.environment |= {"PATH": str(self.path), "PYTHONPATH": str(hidden), "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment.pop("VIRTUAL_ENV", None)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "run"), *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.checkout)) for path in self.checkout.rglob("*") if path.is_file())


class Index(BaseHTTPRequestHandler):
    """A package index on loopback: `pages` are (content type, body) by path, behind a name and password."""

    def __init__(self, pages: dict[str, tuple[str, bytes]], *arguments: object) -> None:
        self.pages = pages
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(b"reader:p@ss").decode()
        if self.headers.get("Authorization") != expected:
            self.send_error(401)
        elif self.path not in self.pages:
            self.send_error(404)
        else:
            content_type, body = self.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *message: object) -> None:
        """Silent."""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def pages() -> dict[str, tuple[str, bytes]]:
    return {}


@pytest.fixture
def index(pages: dict[str, tuple[str, bytes]]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, pages))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://reader:p%40ss@127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def wheel_of(version: str) -> bytes:
    """A wheel of the same form as uv's, whose program says its version and what it was asked."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"uv-{version}.data/scripts/uv", f'#!/bin/sh\necho "uv {version} asked: $*"\n')
        archive.writestr(f"uv-{version}.data/scripts/uvx", "#!/bin/sh\n")
    return content.getvalue()


def simple_html(*files: tuple[str, bytes, str]) -> bytes:
    """A page of the simple index; each file is name, content and further attributes of its link."""
    links = (
        f'<a href="../../files/{name}#sha256={hashlib.sha256(content).hexdigest()}" {more}>{name}</a>'
        for name, content, more in files
    )
    return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()


def test_uv_comes_as_a_wheel_from_the_package_index_without_venv_and_pip(machine: Machine) -> None:
    """With Python alone the real uv is fetched, checked and run; standard output is uv's answer only."""
    first = machine.run("uv", "--version")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("uv ")
    assert len(first.stdout.splitlines()) == 1
    assert "fetching uv's wheel" in first.stderr
    assert machine.files() == [".uv/bin/uv", "run"]

    again = machine.run("uv", "--version")
    assert (again.stdout, again.stderr) == (first.stdout, "")


def test_uv_on_path_is_used_first(machine: Machine) -> None:
    """An installed uv is taken as it is, nothing is fetched or written."""
    (machine.path / "uv").write_text('#!/bin/sh\necho "installed: $*"\n')
    (machine.path / "uv").chmod(0o755)
    answer = machine.run("uv", "sync", UV_DEFAULT_INDEX="http://127.0.0.1:9/simple")
    assert (answer.stdout, answer.stderr) == ("installed: sync\n", "")
    assert machine.files() == ["run"]


def test_each_verb_means_its_command(machine: Machine) -> None:
    """The verbs become the documented commands; options are handed on, and exchange runs where the caller stands."""
    (machine.path / "uv").write_text('#!/bin/sh\n[ "$1" = --version ] || echo "$PWD: $*"\n')
    (machine.path / "uv").chmod(0o755)
    product = f"{Path.cwd()}: run --project {machine.checkout} --frozen --no-dev exchange"
    tests = f"{machine.checkout}: run --frozen"
    assert machine.run("demo", "--json").stdout == f"{product} demo --json\n"
    assert machine.run("up", "--port", "0").stdout == f"{product} up --demo --port 0\n"
    assert machine.run("verify", "ledger").stdout == f"{product} verify ledger\n"
    assert machine.run("test", "-k", "x").stdout.startswith(f"{tests} pytest ")
    assert machine.run("test", "-k", "x").stdout.endswith(" -k x\n")
    assert machine.run("pages").stdout == f"{tests} python -m tests.browser.pages\n"
    assert machine.run("--help").stdout.startswith("Everything about this checkout")
    assert machine.run().returncode == 2


def test_the_newest_final_wheel_for_this_machine_is_taken_from_a_private_index(
    machine: Machine, index: str, pages: dict[str, tuple[str, bytes]]
) -> None:
    """Yanked, unfinished and foreign wheels are passed over; the index's password is sent; PIP_INDEX_URL counts."""
    files = [
        (f"uv-0.9.30-py3-none-{EVERY_MACHINE}.whl", wheel_of("0.9.30"), ""),
        (f"uv-0.10.2-py3-none-{EVERY_MACHINE}.whl", wheel_of("0.10.2"), ""),
        (f"uv-0.11.0-py3-none-{EVERY_MACHINE}.whl", wheel_of("0.11.0"), 'data-yanked="broken"'),
        (f"uv-0.12.0rc1-py3-none-{EVERY_MACHINE}.whl", wheel_of("0.12.0rc1"), ""),
        ("uv-0.13.0-py3-none-win_amd64.whl", wheel_of("0.13.0"), ""),
        ("uv-0.14.0.tar.gz", b"source", ""),
    ]
    pages["/simple/uv/"] = ("text/html", simple_html(*files))
    pages |= {f"/files/{name}": ("application/octet-stream", content) for name, content, _ in files}
    answer = machine.run("uv", "x", PIP_INDEX_URL=index)
    assert answer.stdout == "uv 0.10.2 asked: x\n", answer.stderr


def test_a_wheel_that_differs_from_its_sha256_is_refused(
    machine: Machine, index: str, pages: dict[str, tuple[str, bytes]]
) -> None:
    """One changed byte and nothing is installed; the message says why. The JSON form of the index is read too."""
    name, content = f"uv-1.0-py3-none-{EVERY_MACHINE}.whl", wheel_of("1.0")
    file = {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": hashlib.sha256(content).hexdigest()}}
    page = json.dumps({"files": [file | {"yanked": False}]}).encode()
    pages["/simple/uv/"] = ("application/vnd.pypi.simple.v1+json", page)
    pages[f"/files/{name}"] = ("application/octet-stream", content + b"\0")
    refused = machine.run("uv", "x", UV_DEFAULT_INDEX=f"private={index}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "sha256 differs" in refused.stderr
    assert machine.files() == ["run"]

    pages[f"/files/{name}"] = ("application/octet-stream", content)
    assert machine.run("uv", "x", UV_DEFAULT_INDEX=f"private={index}").stdout == "uv 1.0 asked: x\n"


def test_an_index_that_does_not_answer_is_an_error_that_says_so(machine: Machine, index: str) -> None:
    """Without a way to uv the script ends with one clear line and nothing half done."""
    answer = machine.run("demo", UV_DEFAULT_INDEX=index)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "uv could not be fetched from the package index" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert machine.files() == ["run"]
