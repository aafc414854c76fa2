"""The second factor: a time-based code (RFC 6238) of the person's device, or one of ten recovery codes. Each counts once."""

import hashlib
import secrets
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from typing import Final
from uuid import UUID

import msgspec
from pyotp import random_base32
from pyotp.totp import TOTP

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor_store, lost_factor, store
from exchange.domain.identity.counting import counter
from exchange.domain.identity.model import FactorState, SignInRow
from exchange.domain.identity.refusals import ChallengeOver, FactorUnreadable, SecondFactorIsOn, TooManyCodes
from exchange.errors import Forbidden, MailNotVerified
from exchange.seal import Seal

ISSUER: Final = "Exchange"
STEP_S: Final = 30
DIGITS: Final = 6
# One step before and after: clocks of telephones differ.
WINDOW: Final = (-1, 0, 1)
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
CHALLENGE_S: Final = 300
CHALLENGE: Final = b"challenge"


class Vault:
    """What seals secrets of second factors and the challenges between password and code."""

    def __init__(self, secret: str) -> None:
        self.factor = Seal(secret, "second factor")
        self.challenge = Seal(secret, "sign-in challenge")


class _Challenge(msgspec.Struct, frozen=True):
    """Whose password was right, and until when that counts."""

    email: str
    until: int
    # Of the password that was right: with another one the challenge counts no more.
    password: str = ""


async def challenge(tx: Tx, vault: Vault, email: str, password_hash: str) -> str:
    """What stands between the right password and the code: sealed, for five minutes, and worth nothing without a code."""
    until = await factor_store.now(tx) + CHALLENGE_S
    sealed = vault.challenge.close(msgspec.json.encode(_Challenge(email, until, _of_password(password_hash))), CHALLENGE)
    return urlsafe_b64encode(sealed).decode()


def _of_password(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()


async def challenged(tx: Tx, vault: Vault, text: str) -> SignInRow:
    """Whom the challenge was made for. Raises ChallengeOver, also when they have another password since."""
    try:
        opened = vault.challenge.open(urlsafe_b64decode(text), CHALLENGE)
    except ValueError:
        opened = None
    if opened is None:
        raise ChallengeOver
    made = msgspec.json.decode(opened, type=_Challenge)
    if made.until <= await factor_store.now(tx):
        raise ChallengeOver
    known = await store.sign_in_row(tx, made.email)
    if known is None or not compare_digest(made.password, _of_password(known.password_hash)):
        raise ChallengeOver
    return known


async def state(tx: Tx) -> FactorState:
    """Whether the acting person has a second factor, and how many recovery codes are left."""
    return await factor_store.state(tx, tx.ctx.person)


async def is_on(tx: Tx) -> bool:
    return (await state(tx)).on


def own(ctx: Ctx) -> UUID:
    if ctx.scopes is not None:
        raise Forbidden(needed="a person's session")
    return ctx.person


async def begin(tx: Tx, vault: Vault) -> str:
    """A new key for the person's device, which counts once a code of it has been entered. Returns the otpauth URI."""
    person = own(tx.ctx)
    if not tx.ctx.verified:
        # Else an account made with somebody's address would keep them out of it for good.
        raise MailNotVerified
    secret = random_base32()
    if not await factor_store.begin(tx, person, vault.factor.close(secret.encode(), person.bytes)):
        raise SecondFactorIsOn
    return await _uri(tx, secret)


async def begun(tx: Tx, vault: Vault) -> str | None:
    """The otpauth URI of a key that waits for its first code; None when none does."""
    found = await factor_store.secret(tx, own(tx.ctx))
    if found is None or found.confirmed:
        return None
    try:
        return await _uri(tx, _opened(vault, tx.ctx.person, found.sealed_secret))
    except FactorUnreadable:
        # Never confirmed: it is simply begun anew.
        return None


async def _uri(tx: Tx, secret: str) -> str:
    person = await store.person(tx, tx.ctx.person)
    return TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)


def key_of(uri: str) -> str:
    """The key of an otpauth URI in groups of four, to be typed into a device."""
    secret = uri.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _opened(vault: Vault, person: UUID, sealed: bytes) -> str:
    secret = vault.factor.open(sealed, person.bytes)
    if secret is None:
        raise FactorUnreadable
    return secret.decode()


async def count(db: Database, ctx: Ctx) -> None:
    """One more code is tried, counted by person before it is checked; from the tenth wrong one in a row on it waits."""
    async with db.tx(ctx, "any") as tx:
        seconds = await store.attempt(tx, counter("second-factor", str(ctx.person)))
    if seconds:
        raise TooManyCodes(seconds=seconds)


async def check(tx: Tx, vault: Vault, code: str) -> bool:
    """Whether the acting person's code of the device, or recovery code, counts; it never does again.

    The caller has counted the attempt, and must commit also when this is False.
    """
    typed = plain(code)
    person = tx.ctx.person
    removal = await lost_factor.held(tx)
    if len(typed) == DIGITS and typed.isdigit():
        right = await _time_code(tx, vault, typed)
    else:
        right = await factor_store.use_code(tx, person, _hash(person, typed))
        if right:
            version = (await state(tx)).version
            await events.append(tx, "person.recovery_code_used", person, version)
    if right:
        await store.succeeded(tx, counter("second-factor", str(person)))
        if removal:
            await lost_factor.stop_own(tx)
    return right


async def _time_code(tx: Tx, vault: Vault, typed: str) -> bool:
    """Whether the code is of this moment, give or take one step, and of a later step than the last one that counted."""
    person = tx.ctx.person
    found = await factor_store.secret(tx, person)
    if found is None:
        return False
    device = TOTP(_opened(vault, person, found.sealed_secret))
    step = await factor_store.now(tx) // STEP_S
    right = [step + offset for offset in WINDOW if compare_digest(device.generate_otp(step + offset).encode(), typed.encode())]
    return bool(right) and await factor_store.use_step(tx, person, right[0])


async def confirmed(tx: Tx, vault: Vault, code: str) -> tuple[str, ...] | None:
    """With the first right code the factor is on: the recovery codes, which nobody can read again. None for a wrong code."""
    person = own(tx.ctx)
    if not tx.ctx.verified:
        raise MailNotVerified
    if await is_on(tx):
        raise SecondFactorIsOn
    if not await _time_code(tx, vault, plain(code)):
        return None
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    version = await factor_store.confirm(tx, person)
    await factor_store.replace_codes(tx, person, [_hash(person, plain(item)) for item in codes])
    await store.succeeded(tx, counter("second-factor", str(person)))
    await events.append(tx, "person.second_factor_on", person, version)
    return codes


async def ended(tx: Tx) -> None:
    """The device's codes and the recovery codes count no more."""
    person = own(tx.ctx)
    version = await factor_store.switch_off(tx, person)
    await factor_store.replace_codes(tx, person, [])
    await events.append(tx, "person.second_factor_off", person, version)


def plain(code: str) -> str:
    """A code as it is compared: without the spaces and dashes that people type, in capitals."""
    return "".join(code.split()).replace("-", "").upper()


def _recovery_code() -> str:
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(person: UUID, code: str) -> bytes:
    """Eighty random bits need no slow hash."""
    return hashlib.sha256(person.bytes + code.encode()).digest()
