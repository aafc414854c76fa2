"""Personal fields sealed with their company's data key, bound to where they stand."""

import os
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.db import Tx
from exchange.keyring import KEY_BYTES, NONCE_BYTES, KeyringBroken, Vault, Wrapped

# The first byte says how the rest is to be read: version 1 is key number (4 bytes), nonce, AES-256-GCM.
VERSION: Final = b"\x01"
HEAD: Final = 5


class SealBroken(Exception):
    """A sealed value was changed, or stands where it was not sealed for."""


class KeyDestroyed(Exception):
    """The company's keys are gone, and with them what they sealed; nothing new is sealed for it."""


class KeyRow(msgspec.Struct, frozen=True):
    """A row of `company_key`; a destroyed key has no bytes."""

    key_no: int
    master_id: str | None
    wrapped: bytes | None


# By its number, or the current one when there is none.
KEY_OF: Final = "SELECT k.key_no, k.master_id, k.wrapped FROM company_key_of($1, $2) AS k"
MAKE_FIRST: Final = "SELECT company_key_first($1, $2, $3, $4)"


def key_binding(company: UUID, key_no: int) -> bytes:
    """What a wrapped data key is bound to: nobody passes it off as another company's."""
    return b"company_key" + company.bytes + key_no.to_bytes(4)


def _binding(company: UUID, key_no: int, at: str, row: UUID | str) -> bytes:
    return b"\0".join((company.bytes + key_no.to_bytes(4), at.encode(), str(row).encode()))


def vault_of(tx: Tx) -> Vault:
    """The keys of this process."""
    if tx.vault is None:
        raise KeyringBroken("EXCHANGE_KEYS_FILE: this process was started without keys")
    return tx.vault


async def seal(tx: Tx, company: UUID, text: str, *, at: str, row: UUID | str) -> bytes:
    """The text under the company's current key. `at` is ``table.column``, `row` the row's id: it opens nowhere else."""
    key_no, cipher = await current_key(tx, company)
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + key_no.to_bytes(4) + nonce + cipher.encrypt(nonce, text.encode(), _binding(company, key_no, at, row))


async def open_sealed(tx: Tx, company: UUID, sealed: bytes, *, at: str, row: UUID | str) -> str | None:
    """What was sealed there; None when the key was destroyed, which erased it. Raises SealBroken for anything else."""
    if sealed[:1] != VERSION or len(sealed) < HEAD + NONCE_BYTES:
        raise SealBroken(at)
    key_no = int.from_bytes(sealed[1:HEAD])
    cipher = vault_of(tx).held(company, key_no)
    if cipher is None:
        found = await tx.maybe(KeyRow, KEY_OF, company, key_no)
        if found is None:
            raise SealBroken(at)
        if found.wrapped is None:
            return None
        cipher = _opened(tx, company, found)
    nonce, body = sealed[HEAD : HEAD + NONCE_BYTES], sealed[HEAD + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, body, _binding(company, key_no, at, row)).decode()
    except InvalidTag:
        raise SealBroken(at) from None


def blind(tx: Tx, purpose: str, text: str) -> bytes:
    """A keyed hash for finding equal texts (upper case, no spaces) of one purpose without opening them."""
    return vault_of(tx).keyring.blind(purpose, "".join(text.upper().split()))


async def current_key(tx: Tx, company: UUID) -> tuple[int, AESGCM]:
    """The number and cipher of the key that seals now; a company's first one is made here.

    The number is asked for each time: a key that is no longer current must not seal for as long as a process remembers it.
    """
    found = await tx.maybe(KeyRow, KEY_OF, company, None)
    if found is None:
        keyring = vault_of(tx).renew()
        wrapped = keyring.wrap(os.urandom(KEY_BYTES), key_binding(company, 1))
        print_ = keyring.fingerprint(wrapped.master_id)
        if await tx.value(MAKE_FIRST, company, wrapped.master_id, print_, wrapped.wrapped):
            # Nobody else knows it before the commit, and a rollback takes it back: it must not be remembered.
            tx.own_keys.add(company)
        found = await tx.maybe(KeyRow, KEY_OF, company, None)
        if found is None:
            raise KeyDestroyed
    return found.key_no, vault_of(tx).held(company, found.key_no) or _opened(tx, company, found)


def _opened(tx: Tx, company: UUID, row: KeyRow) -> AESGCM:
    """The cipher of a wrapped key, kept at hand once its row is committed."""
    assert row.master_id is not None, "a key with bytes has a master"
    assert row.wrapped is not None, "a destroyed key has no cipher"
    vault = vault_of(tx)
    keyring = vault.keyring if row.master_id in vault.keyring.masters else vault.renew()
    cipher = AESGCM(keyring.unwrap(Wrapped(row.master_id, row.wrapped), key_binding(company, row.key_no)))
    if company not in tx.own_keys:
        vault.hold(company, row.key_no, cipher)
    return cipher
