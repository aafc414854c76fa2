"""A company's own provider of identities over the API."""

from typing import Final

from litestar import Response, Router, delete, get, put
from litestar.params import JSONBody

from exchange.ctx import Ctx
from exchange.domain.identity import provider
from exchange.domain.identity.model import Provider
from exchange.errors import NotFound
from exchange.web import WebRequest, ctx, deps
from schemas.identity import ProviderIn, ProviderView


def _view(request: WebRequest, acting: Ctx, found: Provider) -> ProviderView:
    base = deps(request).settings.public_url.rstrip("/")
    return ProviderView(
        issuer=found.issuer,
        client_id=found.client_id,
        domains=found.domains,
        sign_in=f"{base}/sign-in/company/{acting.company}",
        redirect=f"{base}/sign-in/company/callback",
    )


@get("/own/provider", summary="Where the company's people sign in")
async def get_provider(request: WebRequest) -> ProviderView:
    """404 when the company has no provider of its own."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        found = await provider.get(tx)
    if found is None:
        raise NotFound(noun="provider")
    return _view(request, acting, found)


@put("/own/provider", summary="Let the company's people sign in at its own provider")
async def set_provider(request: WebRequest, data: JSONBody[ProviderIn]) -> ProviderView:
    """OpenID Connect: authorization code with PKCE, RS256 or ES256. An owner's, with a proof, see /session/step-up.

    Only members of the company come in, by an e-mail address of `domains` that the provider vouches for; such a session acts
    for this company alone, and what needs a proof asks for the person's own password, code or passkey.
    """
    acting, parts = ctx(request), deps(request)
    async with parts.db.tx(acting, "applicant") as tx:
        saved = await provider.save(tx, parts.settings.secret, data, parts.settings.webhook_exempt)
    return _view(request, acting, saved)


@delete("/own/provider", summary="Let nobody sign in at the company's provider any more")
async def remove_provider(request: WebRequest) -> Response[None]:
    """Needs a proof, see /session/step-up."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        await provider.remove(tx)
    return Response(None, status_code=204)


ROUTES: Final = Router("", route_handlers=[get_provider, set_provider, remove_provider], tags=["people"])
