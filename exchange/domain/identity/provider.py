"""A company's own provider of identities (OpenID Connect): how it is set, and what its answers must say. Calls nobody itself.

Such a session acts for that company alone and has proved nothing to the exchange: what needs a proof asks for the person's own
password, code or passkey. So a provider that lies can do no more than its company could by itself.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import passkey_store
from exchange.domain.identity.model import Place, Provider, ProviderSecret, SignedIn
from exchange.domain.identity.refusals import ProviderOver, ProviderRefused
from exchange.domain.identity.service import LIFETIME, TOKEN_BYTES, token_hash
from exchange.domain.permission import need, need_person, need_step_up
from exchange.domain.webhook.address import BadAddress, target
from exchange.errors import NotFound, invalid
from exchange.ids import new_id
from exchange.seal import Seal
from schemas.identity import ProviderIn

# Fixed here, never taken from the token.
ALGORITHMS: Final = ["RS256", "ES256"]
KEY_TYPES: Final = frozenset({"RSA", "EC"})
JsonWebKey = dict[str, str | list[str]]
FLOW_LIFE: Final = timedelta(minutes=10)
LEEWAY_S: Final = 60
PURPOSE: Final = "company provider"

GET: Final = "SELECT p.issuer, p.client_id, p.domains, p.version FROM company_provider AS p WHERE p.company_id = $1"


async def get(tx: Tx) -> Provider | None:
    """The acting company's provider, without its secret."""
    need(tx.ctx, "company.write")
    return await tx.maybe(Provider, GET, tx.ctx.company)


SAVE: Final = """
INSERT INTO company_provider AS p (company_id, issuer, client_id, sealed_secret, domains) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (company_id) DO UPDATE SET issuer = excluded.issuer, client_id = excluded.client_id,
    sealed_secret = excluded.sealed_secret, domains = excluded.domains, version = p.version + 1
RETURNING issuer, client_id, domains, version
"""
FORGET: Final = "DELETE FROM provider_link WHERE company_id = $1"


async def save(tx: Tx, secret: str, command: ProviderIn, exempt: frozenset[str]) -> Provider:
    """People of the company may sign in through this provider from now on. Whom it knew before is linked anew."""
    need_person(tx.ctx, "provider.write")
    need_step_up(tx.ctx)
    company = tx.ctx.company
    try:
        target(command.issuer, exempt)
    except BadAddress as refusal:
        raise invalid("/issuer", "issuer", "This address is refused: %(why)s.", why=str(refusal)) from None
    sealed = Seal(secret, PURPOSE).close(command.client_secret.encode(), company.bytes)
    domains = sorted({domain.lower() for domain in command.domains})
    await tx.execute(FORGET, company)
    saved = await tx.one(Provider, SAVE, company, command.issuer.rstrip("/"), command.client_id, sealed, domains)
    await events.append(tx, "company.provider_set", company, saved.version)
    return saved


REMOVE: Final = "DELETE FROM company_provider WHERE company_id = $1 RETURNING version"


async def remove(tx: Tx) -> None:
    """Nobody signs in through it any more; who is signed in stays so until the session ends."""
    need_person(tx.ctx, "provider.write")
    need_step_up(tx.ctx)
    await tx.execute(FORGET, tx.ctx.company)
    version: int | None = await tx.value(REMOVE, tx.ctx.company)
    if version is None:
        raise NotFound(noun="provider")
    await events.append(tx, "company.provider_removed", tx.ctx.company, version + 1)


LOOKUP: Final = "SELECT p.company_id, p.issuer, p.client_id, p.sealed_secret, p.domains FROM provider_lookup($1) AS p"


async def of_company(db: Database, company: UUID) -> ProviderSecret:
    """What signing in through a company's provider needs. Raises NotFound."""
    async with db.tx(Ctx(), "any") as tx:
        found = await tx.maybe(ProviderSecret, LOOKUP, company)
    if found is None:
        raise NotFound(noun="provider")
    return found


def client_secret(secret: str, provider: ProviderSecret) -> str:
    opened = Seal(secret, PURPOSE).open(provider.sealed_secret, provider.company_id.bytes)
    if opened is None:
        raise ProviderRefused(what="its secret must be entered again")
    return opened.decode()


class Flow(msgspec.Struct, frozen=True):
    """One way to the provider and back; `browser` is the hash of what the browser that began it holds."""

    company_id: UUID
    nonce: str
    verifier: str
    browser: str
    to: str


class Began(msgspec.Struct, frozen=True):
    state: str
    held: str
    flow: Flow


async def begin(db: Database, company: UUID, to: str) -> Began:
    """Remembered once, for ten minutes."""
    held, ceremony = secrets.token_urlsafe(32), new_id()
    browser = hashlib.sha256(held.encode()).hexdigest()
    flow = Flow(company, secrets.token_urlsafe(24), secrets.token_urlsafe(48), browser, to)
    async with db.tx(Ctx(), "any") as tx:
        await passkey_store.ask(tx, ceremony, "provider", None, msgspec.json.encode(flow), FLOW_LIFE)
    return Began(ceremony.hex, held, flow)


async def back(db: Database, state: str, held: str) -> Flow:
    """The flow that this browser began; it counts once. Raises ProviderOver."""
    try:
        ceremony = UUID(hex=state)
    except ValueError:
        raise ProviderOver from None
    async with db.tx(Ctx(), "any") as tx:
        taken = await passkey_store.take(tx, ceremony, "provider")
    flow = None if taken is None else msgspec.json.decode(taken.payload, type=Flow)
    if flow is None or not secrets.compare_digest(flow.browser, hashlib.sha256(held.encode()).hexdigest()):
        raise ProviderOver
    return flow


def authorization_url(endpoint: str, client_id: str, redirect_uri: str, began: Began) -> str:
    """Where the browser is sent: authorization code with PKCE."""
    digest = hashlib.sha256(began.flow.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email",
        "state": began.state,
        "nonce": began.flow.nonce,
        "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def check_return(provider: ProviderSecret, issuer: str | None, error: str | None) -> None:
    """What the browser brought back: from this provider (RFC 9207), and no refusal."""
    if issuer is not None and issuer.rstrip("/") != provider.issuer:
        raise ProviderRefused(what="another provider answered")
    if error:
        raise ProviderRefused(what="it refused")


class Said(msgspec.Struct, frozen=True):
    """Whom the provider vouches for."""

    subject: str
    email: str


class PublicKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key with which a provider signs (RFC 7517); `n` and `e` are those of RSA, `crv`, `x` and `y` of a curve.

    Whatever else stands there counts for nothing: dates, certificates, private parts.
    """

    kty: str
    kid: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    n: str | None = None
    e: str | None = None
    crv: str | None = None
    x: str | None = None
    y: str | None = None


class PublicKeys(msgspec.Struct, frozen=True):
    """What stands at a provider's `jwks_uri`."""

    keys: tuple[PublicKey, ...]

    def usable(self) -> KeySet:
        """Those that ALGORITHMS can use; RFC 7517, 5: others are passed over. Raises what joserfc raises for a broken key."""
        known = (key for key in self.keys if key.kty in KEY_TYPES)
        return KeySet([JWKRegistry.import_key(msgspec.convert(msgspec.to_builtins(key), JsonWebKey)) for key in known])


def read_id_token(token: str, keys: PublicKeys, provider: ProviderSecret, nonce: str) -> Said:
    """The claims of an id token that was made by this provider, for us, now, and for this very flow. Raises ProviderRefused."""
    try:
        claims = jwt.decode(token, keys.usable(), algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
            email={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProviderRefused(what="its answer is not valid") from error
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        raise ProviderRefused(what="its answer is for somebody else")
    email, subject = claims["email"], claims["sub"]
    if not isinstance(email, str) or not isinstance(subject, str) or claims.get("email_verified") is not True:
        raise ProviderRefused(what="it does not vouch for the e-mail address")
    if email.rpartition("@")[2].lower() not in provider.domains:
        raise ProviderRefused(what="this e-mail domain is not one of the company's")
    return Said(subject, email)


PERSON: Final = "SELECT provider_person($1, $2, $3)"
OPEN: Final = "SELECT session_open_bound($1, $2, $3, $4, $5, $6)"


async def enter(db: Database, company: UUID, said: Said, *, place: Place) -> SignedIn:
    """A session of the member for whom the provider vouches, for this company alone. Raises ProviderRefused for anybody else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    async with db.tx(Ctx(), "any") as tx:
        person: UUID | None = await tx.value(PERSON, company, said.subject, said.email)
        opened = person is not None and await tx.value(
            OPEN, token_hash(token), person, company, place.agent, LIFETIME, place.address
        )
        if person is None or opened is not True:
            raise ProviderRefused(what="you are not a member of the company here")
    return SignedIn(token, int(LIFETIME.total_seconds()), person, company, False)
