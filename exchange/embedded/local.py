"""What both local servers need to start: a port, a user to run as, a password that is kept, a lock on the data."""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import socket
import stat
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

LOOPBACK = "127.0.0.1"
START_LIMIT_S = 120.0  # recovery after a crash is part of the start
STOP_LIMIT_S = 60.0
PORT_TAKEN = "Address already in use"


class ServerFailed(Exception):
    """A local server did not start or refused a command; the message ends with what the server said."""


class DataDirectoryInUse(Exception):
    """Another running exchange holds this data directory."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago; the caller tries another when it lost the race."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged(argv: Sequence[str], reaches: Iterable[Path]) -> list[str]:
    """`argv` as it has to be started so that the program does not run as root (PostgreSQL refuses to).

    An ordinary user starts it as it is. Root starts it as `nobody`; and where `nobody` cannot reach one of `reaches`
    (a checkout below /root), it keeps the one capability that opens directories, so no permission on the machine
    has to be loosened. `nobody` because a machine that is only tried out gets no new user.
    """
    if os.geteuid() != 0:
        return list(argv)
    setpriv = shutil.which("setpriv", path="/usr/bin:/bin:/usr/sbin:/sbin")
    if setpriv is None:
        raise ServerFailed("PostgreSQL cannot run as root and setpriv (util-linux) is missing: start as another user")
    command = [setpriv, "--reuid=nobody", "--regid", str(_nobody()[1]), "--clear-groups", "--no-new-privs"]
    if not all(_open_to_all(path) for path in reaches):
        # no_setuid_fixup: else access(2), by which initdb looks for its programs, ignores the capability.
        command += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--securebits=+no_setuid_fixup"]
    return [*command, *argv]


def give_away(path: Path) -> None:
    """Hands a file or directory to the user that `unprivileged` programs run as."""
    if os.geteuid() == 0:
        os.chown(path, *_nobody())


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _open_to_all(path: Path) -> bool:
    """Whether everybody may walk down to `path` (and read it, if it is a file)."""
    resolved = path.resolve()
    if any(not parent.stat().st_mode & stat.S_IXOTH for parent in resolved.parents):
        return False
    mode = resolved.stat().st_mode
    return bool(mode & stat.S_IXOTH) if resolved.is_dir() else bool(mode & stat.S_IROTH)


def installed(package: str, pattern: str) -> Path:
    """A file inside an installed wheel; the wheel itself is not imported (it would look for users and locks)."""
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(place).glob(pattern):
            return path
    raise ServerFailed(f"{package} is not installed here: set DATABASE_URL and REDIS_URL to servers of your own")


def server_environment() -> dict[str, str]:
    """Nothing of ours: no secret of the exchange in a server, and the same messages on every machine."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def hold(path: Path) -> IO[str]:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        lock.close()
        raise DataDirectoryInUse(f"another exchange runs on {path.parent}") from taken
    return lock


def kept_passwords(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Generated once, then read: clients of an earlier start keep working."""
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in names if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(24) for name in missing}
        write_private(path, json.dumps(kept, indent=1))
    return kept


def write_private(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def text_after(path: Path, offset: int) -> str:
    """What a log gained since it was `offset` bytes long."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
