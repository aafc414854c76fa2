"""Calls to a company's own provider of identities, behind the wall of webhooks: checked addresses, no redirects."""

import asyncio
from typing import Final, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from exchange.domain.identity import provider
from exchange.domain.identity.model import ProviderSecret
from exchange.domain.identity.provider import Flow, PublicKeys, Said
from exchange.domain.identity.refusals import ProviderRefused
from exchange.domain.webhook.address import BadAddress, target
from exchange.notify.webhooks import Sender

MOST_BYTES: Final = 200_000
TIMEOUT_S: Final = 10.0
Answer = TypeVar("Answer")


class Discovered(msgspec.Struct, frozen=True):
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class Calls:
    """Asks providers. `exempt` holds the host:port pairs of a sandbox that need neither https nor a public address."""

    def __init__(self, exempt: frozenset[str]) -> None:
        self._exempt = exempt
        self._wall = Sender()

    async def discover(self, issuer: str) -> Discovered:
        """Raises ProviderRefused for a provider that is away, or calls itself otherwise."""
        found = await self._call("GET", f"{issuer}/.well-known/openid-configuration", Discovered)
        if found.issuer.rstrip("/") != issuer:
            raise ProviderRefused(what="it calls itself by another name")
        try:
            target(found.authorization_endpoint, self._exempt)
        except BadAddress as refusal:
            raise ProviderRefused(what=str(refusal)) from None
        return found

    async def exchange(self, found: ProviderSecret, secret: str, flow: Flow, code: str, redirect_uri: str) -> Said:
        """Whom the provider vouches for, by the code that the browser brought back."""
        at = await self.discover(found.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        who = (quote(found.client_id, safe=""), quote(secret, safe=""))
        tokens = await self._call("POST", at.token_endpoint, _Tokens, form=form, who=who)
        keys = await self._call("GET", at.jwks_uri, PublicKeys)
        return provider.read_id_token(tokens.id_token, keys, found, flow.nonce)

    async def _call(
        self, method: str, url: str, kind: type[Answer], *, form: dict[str, str] | None = None, who: tuple[str, str] | None = None
    ) -> Answer:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                address, names = await self._wall.checked_request(url, self._exempt)
                return msgspec.json.decode(await self._body(method, address, names, form, who), type=kind)
        except BadAddress as refusal:
            raise ProviderRefused(what=str(refusal)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, msgspec.MsgspecError, RecursionError) as error:
            raise ProviderRefused(what="it does not answer as it should") from error

    async def _body(
        self, method: str, url: httpx2.URL, names: dict[str, str], form: dict[str, str] | None, who: tuple[str, str] | None
    ) -> bytes:
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as client:
            headers = {"host": names["host"], "accept": "application/json", "accept-encoding": "identity"}
            request = client.build_request(method, url, data=form, headers=headers, extensions={"sni_hostname": names["sni"]})
            answer = await client.send(request, stream=True, auth=None if who is None else httpx2.BasicAuth(*who))
            try:
                if answer.status_code != 200:
                    raise ProviderRefused(what="it refused")
                body = b""
                async for part in answer.aiter_raw():  # as it came: what unpacks to a thousand times its size is not unpacked
                    body += part
                    if len(body) > MOST_BYTES:
                        raise ProviderRefused(what="it says too much")
                return body
            finally:
                await answer.aclose()
