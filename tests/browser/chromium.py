"""Debian's Chromium under Playwright, shut in on loopback; installed when it is missing and we may, never skipped."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

# The shell without windows does the same with half the processor time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser")
PACKAGES = (SHELL, "fonts-dejavu-core", "fonts-liberation")
INSTALL_LIMIT_S = 600
# When another Chromium is here, the shell is not worth a long wait.
FASTER_LIMIT_S = 90
# Resolve nothing but loopback and start nothing that wants to go out by itself.
ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
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
    """Where Chromium is. On Debian as root its shell is installed when it is missing; raises NoChromium when there is none."""
    if _on_path(SHELL) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            _install(INSTALL_LIMIT_S if _on_path(*NAMES) is None else FASTER_LIMIT_S)
        except NoChromium:
            if _on_path(*NAMES) is None:
                raise
    found = _on_path(*NAMES)
    if found is None:
        raise NoChromium(f"the browser tests need Chromium: install it with `apt-get install {SHELL}` and start them again")
    return found


def _on_path(*names: str) -> Path | None:
    found = next((path for name in names if (path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin"))), None)
    return None if found is None else Path(found)


def _install(limit_s: float) -> None:
    """One process of a test run installs, the others wait for it."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "exchange-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _on_path(SHELL):
            return
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]):
            try:
                done = subprocess.run(command, env=quiet, check=False, capture_output=True, text=True, timeout=limit_s)
            except subprocess.TimeoutExpired as slow:
                raise NoChromium(f"{' '.join(command)} took longer than {limit_s:.0f} s") from slow
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
