"""The keys that stand outside the database: master keys wrap each company's data keys, an index key makes blind hashes.

A keyring is a file of lines `name base64(32 bytes)`, only ever appended to until a master is retired; the last master is the
current one. A sandbox without a file derives one master from its secret.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
INDEX: Final = "index"
DERIVED: Final = "derived"
# How many opened data keys a process holds, and for how long: a destroyed key is forgotten within this time.
HELD: Final = 4096
HELD_S: Final = 60.0


class KeyringBroken(Exception):
    """The keyring is missing, unreadable or does not hold a key that is needed."""


class Wrapped(msgspec.Struct, frozen=True):
    """A data key under a master key, as the database keeps it."""

    master_id: str
    wrapped: bytes


class Keyring:
    """Master keys by name, the current one, and the key of blind hashes."""

    def __init__(self, masters: Mapping[str, bytes], current: str, index: bytes, path: Path | None = None) -> None:
        self.masters = dict(masters)
        self.current = current
        self.path = path
        self._index = index

    @classmethod
    def of(cls, keys_file: str, secret: str, *, sandbox: bool) -> Self:
        """The keyring of a process with these settings. Only a sandbox may go without a file."""
        if keys_file:
            return cls.read(Path(keys_file))
        if not sandbox:
            raise KeyringBroken("EXCHANGE_KEYS_FILE: missing; make a keyring with `exchange keys new FILE`")
        return cls.derived(secret)

    @classmethod
    def derived(cls, secret: str) -> Self:
        """One master and the index key from a secret: for a sandbox, which has nothing that needs rotation."""
        return cls({DERIVED: _derive(secret, DERIVED)}, DERIVED, _derive(secret, INDEX))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keyring of a file. A last line that was cut off while it was written counts as not written."""
        try:
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyringBroken(f"EXCHANGE_KEYS_FILE: cannot be read: {type(error).__name__}: {path}") from None
        keys: dict[str, bytes] = {}
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            if not line.endswith("\n"):
                break
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            key = _decoded(words[1]) if len(words) == 2 else None
            if key is None or words[0] in keys:
                raise KeyringBroken(f"EXCHANGE_KEYS_FILE: line {number} of {path} is not a new name and 32 bytes in base64")
            keys[words[0]] = key
        index = keys.pop(INDEX, None)
        if index is None or not keys:
            raise KeyringBroken(f"EXCHANGE_KEYS_FILE: {path} needs an index key and a master key")
        return cls(keys, next(reversed(keys)), index, path)

    def fingerprint(self, master_id: str) -> bytes:
        """What tells two keys of one name apart and says nothing about either."""
        return hmac.digest(self.masters[master_id], b"exchange master key", hashlib.sha256)

    def blind(self, purpose: str, text: str) -> bytes:
        """The same for equal texts of one purpose, and without this key nothing can be tried out."""
        return hmac.digest(self._index, purpose.encode() + b"\0" + text.encode(), hashlib.sha256)

    def wrap(self, key: bytes, bound: bytes) -> Wrapped:
        """A data key under the current master, bound to whose and which it is."""
        nonce = os.urandom(NONCE_BYTES)
        return Wrapped(self.current, nonce + AESGCM(self.masters[self.current]).encrypt(nonce, key, bound))

    def unwrap(self, wrapped: Wrapped, bound: bytes) -> bytes:
        """The data key. Raises KeyringBroken when its master is not here, or is another one."""
        master = self.masters.get(wrapped.master_id)
        if master is None:
            raise KeyringBroken(f"EXCHANGE_KEYS_FILE: the master key {wrapped.master_id} is missing")
        try:
            return AESGCM(master).decrypt(wrapped.wrapped[:NONCE_BYTES], wrapped.wrapped[NONCE_BYTES:], bound)
        except InvalidTag:
            raise KeyringBroken(f"a data key does not open with the master key {wrapped.master_id}") from None


def _decoded(word: str) -> bytes | None:
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _derive(secret: str, what: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"exchange keyring {what}".encode()).derive(secret.encode())


def _line(name: str) -> str:
    return f"{name} {base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


def make(path: Path) -> None:
    """A new keyring with one master, readable by its owner alone; an existing file stays as it is."""
    with contextlib.suppress(FileExistsError):
        _written(path, f"# Keys of personal data. Whoever loses this file loses the data.\n{_line(INDEX)}{_line(_name())}")


def add(path: Path) -> str:
    """A new current master at the end of the file, in place; returns its name."""
    text = path.read_text(encoding="ascii")
    name = _name()
    if not text.endswith("\n"):
        # A line that was cut off while it was written: it was never used.
        _replace(path, text[: text.rfind("\n") + 1])
    with path.open("a", encoding="ascii") as file:
        file.write(_line(name))
        file.flush()
        os.fsync(file.fileno())
    return name


def remove(path: Path, names: frozenset[str]) -> None:
    """Take masters out of the file; the caller has made sure that nothing is wrapped by them."""
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    _replace(path, "".join(line for line in lines if line.split()[:1] == [] or line.split()[0] not in names))


def _name() -> str:
    return f"m{secrets.token_hex(4)}"


def _written(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    _written(fresh, text)
    fresh.replace(path)


class Vault:
    """A process's keyring, and the data keys that it has opened lately."""

    def __init__(self, keyring: Keyring, clock: Callable[[], float] = time.monotonic) -> None:
        self._keyring = keyring
        self._clock = clock
        self._held: OrderedDict[tuple[UUID, int], tuple[AESGCM, float]] = OrderedDict()

    @property
    def keyring(self) -> Keyring:
        return self._keyring

    def renew(self) -> Keyring:
        """The keyring as its file is now: a running process learns of a new master when it needs one."""
        if self._keyring.path is not None:
            self._keyring = Keyring.read(self._keyring.path)
        return self._keyring

    def held(self, company: UUID, key_no: int) -> AESGCM | None:
        """An opened data key, if it was opened a short while ago."""
        found = self._held.get((company, key_no))
        if found is None:
            return None
        if found[1] < self._clock():
            del self._held[(company, key_no)]
            return None
        self._held.move_to_end((company, key_no))
        return found[0]

    def hold(self, company: UUID, key_no: int, cipher: AESGCM) -> None:
        """Keep a data key that is committed; the one used longest ago makes room."""
        self._held[(company, key_no)] = cipher, self._clock() + HELD_S
        if len(self._held) > HELD:
            self._held.popitem(last=False)

    def forget(self, company: UUID) -> None:
        """Hold nothing of a company any more."""
        for key in [key for key in self._held if key[0] == company]:
            del self._held[key]

    @property
    def holding(self) -> int:
        """How many opened data keys this process holds."""
        return len(self._held)
