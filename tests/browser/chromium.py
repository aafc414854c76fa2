"""Debian's Chromium under Playwright, shut in on loopback; installed when it is missing and we may, never skipped."""

import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")
INSTALL_LIMIT_S = 600
# Resolve nothing but loopback and start nothing that wants to go out by itself.
ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--force-color-profile=srgb",
]


class NoChromium(Exception):
    """There is no Chromium and it could not be installed; the message says what to do."""


def chromium() -> Path:
    """Where Chromium is. On Debian as root it is installed when it is missing; raises NoChromium otherwise."""
    found = _on_path()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _on_path()
    if found is None:
        raise NoChromium("the browser tests need Chromium: install it with `apt-get install chromium` and start them again")
    return found


def _on_path() -> Path | None:
    found = next((path for name in NAMES if (path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin"))), None)
    return None if found is None else Path(found)


def _install() -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(command, env=quiet, check=False, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)
        if done.returncode != 0:
            raise NoChromium(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser]:
    """A running browser without windows; closed when the block ends."""
    sandbox = os.geteuid() != 0
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium(), args=[*ARGUMENTS, *([] if sandbox else ["--no-sandbox"])], chromium_sandbox=sandbox
        )
        try:
            yield running
        finally:
            await running.close()
