"""What partner systems of the company need: API keys and webhooks. A secret is shown once, on the page that made it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import structs

from exchange.db import Tx
from exchange.domain.identity import keys
from exchange.domain.identity.model import ApiKey, CreatedKey
from exchange.domain.permission import MEMBER, may, need
from exchange.domain.webhook import service as webhooks
from exchange.domain.webhook.model import Created, Endpoint
from exchange.errors import WrongState
from exchange.i18n import N_, translator
from exchange.pages.choices import PERMISSIONS
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.pages.saying import say
from exchange.pages.sending import Sent
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.identity import KeyCreate, KeyRotate
from schemas.webhook import WebhookIn

KEY_KINDS: Final[Kinds] = {"scopes": "list", "networks": "list", "expires_in_days": "number"}
ROTATE_KINDS: Final[Kinds] = {"overlap_hours": "number"}
WEBHOOK_KINDS: Final[Kinds] = {"events": "list"}
PAGE: Final = 30
# Only a person signs, or says what people may do.
NOT_FOR_KEYS: Final = frozenset({"contract.sign", "member.write"})
EVENT_GROUPS: Final = {
    "opportunity.*": N_("Opportunities"),
    "rfq.*": N_("Requests"),
    "quote.*": N_("Quotations"),
    "award.*": N_("Selections"),
    "approval.*": N_("Approvals"),
    "contract.*": N_("Contracts"),
    "order.*": N_("Orders"),
    "delivery.*": N_("Deliveries"),
    "invoice.*": N_("Invoices"),
    "instalment.*": N_("Payments"),
    "review.*": N_("Reviews"),
    "company.*": N_("Own company"),
}


@get("/company/keys")
async def list_keys(request: WebRequest) -> Response[Any]:
    """The company's API keys."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await keys.listed(tx)
    return await shell.render(request, "portal/company/keys.html", keys=found, made=None)


def _listed(sent: Sent) -> Sent:
    """The networks of the form, written one a line, as a list."""
    lines = [line.strip() for line in sent.value("networks").replace(",", "\n").splitlines() if line.strip()]
    return structs.replace(sent, form=Form(sent.form.locale, {**sent.form.typed, "networks": lines}))


def _one_a_line(form: Form) -> Form:
    """The same back as it was typed, with what is wrong about any of them."""
    errors = {("networks" if path.startswith("networks") else path): text for path, text in form.errors.items()}
    return Form(form.locale, {**form.typed, "networks": ["\n".join(form.typed.get("networks", ()))]}, errors)


async def _draw_key(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    _ = translator(form.locale).gettext
    scopes = [
        (name, f"{_(words)} ({name})")
        for name, words in PERMISSIONS.items()
        if name in MEMBER and name not in NOT_FOR_KEYS and may(acting, name)
    ]
    return await shell.render(request, "portal/company/key_new.html", status=status, form=form, scopes=scopes)


@get("/company/keys/new")
async def new_key(request: WebRequest) -> Response[Any]:
    """A key to be made."""
    acting = shell.signed_in(request)
    need(acting, "key.write")
    return await _draw_key(request, blank(acting.locale))


@post("/company/keys/new")
async def create_key(request: WebRequest) -> Response[Any]:
    """Make a key; this page alone shows its secret."""
    acting = shell.signed_in(request)
    sent = _listed(await shell.sent(request))

    async def do(command: KeyCreate) -> Response[Any]:
        async def write(tx: Tx) -> CreatedKey:
            return await keys.create(tx, command)

        made = await shell.once(request, acting, sent, write, keys.created, standing="applicant")
        async with deps(request).db.tx(acting, "any") as tx:
            found = await keys.listed(tx)
        return await shell.render(request, "portal/company/keys.html", keys=found, made=made)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_key(request, _one_a_line(form), status)

    return await shell.submitted(sent, KeyCreate, KEY_KINDS, do, again)


async def _draw_one(request: WebRequest, key: ApiKey, form: Form, status: int = 200) -> Response[Any]:
    own = key.person_id == shell.signed_in(request).person_id
    return await shell.render(request, "portal/company/key.html", status=status, form=form, key=key, own=own)


@get("/company/keys/{key_id:uuid}")
async def key_page(request: WebRequest, key_id: FromPath[UUID]) -> Response[Any]:
    """One key: what it may, from where, when it was used last; its maker renews the secret here."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await keys.get(tx, key_id)
    return await _draw_one(request, found, blank(acting.locale, {"overlap_hours": "24"}))


@post("/company/keys/{key_id:uuid}/rotate")
async def rotate_key(request: WebRequest, key_id: FromPath[UUID]) -> Response[Any]:
    """A new secret, shown on this page alone; the one before is accepted for the overlap."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await keys.get(tx, key_id)

    async def do(command: KeyRotate) -> Response[Any]:
        async def write(tx: Tx) -> CreatedKey:
            return await keys.rotate(tx, key_id, command)

        made = await shell.once(request, acting, sent, write, keys.created, standing="any")
        deps(request).access.forget_key(key_id)
        async with deps(request).db.tx(acting, "any") as tx:
            listed = await keys.listed(tx)
        return await shell.render(request, "portal/company/keys.html", keys=listed, made=made)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_one(request, found, form, status)

    return await shell.submitted(sent, KeyRotate, ROTATE_KINDS, do, again)


@post("/company/keys/{key_id:uuid}/revoke")
async def revoke_key(request: WebRequest, key_id: FromPath[UUID]) -> Response[Any]:
    """The key opens nothing any more."""

    async def do(tx: Tx) -> ApiKey:
        return await keys.revoke(tx, key_id)

    said = shell.words(request)("The key is revoked.")
    answer = await shell.act(request, "/company/keys", do, keys.get, said, standing="any")
    deps(request).access.forget_key(key_id)
    return answer


@get("/company/webhooks")
async def list_webhooks(request: WebRequest) -> Response[Any]:
    """The company's webhooks, and what was sent last."""
    return await _webhooks(request, None)


async def _webhooks(request: WebRequest, made: Created | None) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await webhooks.endpoints(tx)
        sent = await webhooks.deliveries(tx, cursor=shell.cursor(request), limit=PAGE)
    addresses = {endpoint.id: endpoint.url for endpoint in found}
    return await shell.render(
        request,
        "portal/company/webhooks.html",
        webhooks=found,
        deliveries=sent.items,
        next=sent.next,
        addresses=addresses,
        made=made,
    )


async def _draw_webhook(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    _ = translator(form.locale).gettext
    groups = [(pattern, _(words)) for pattern, words in EVENT_GROUPS.items()]
    return await shell.render(request, "portal/company/webhook_new.html", status=status, form=form, groups=groups)


@get("/company/webhooks/new")
async def new_webhook(request: WebRequest) -> Response[Any]:
    """An address to be registered."""
    acting = shell.signed_in(request)
    need(acting, "webhook.write")
    return await _draw_webhook(request, blank(acting.locale))


@post("/company/webhooks/new")
async def create_webhook(request: WebRequest) -> Response[Any]:
    """Register an address; this page alone shows its secret."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    parts = deps(request)

    async def do(command: WebhookIn) -> Response[Any]:
        async def write(tx: Tx) -> Created:
            return await webhooks.create(tx, command, parts.settings.webhook_exempt)

        async def load(tx: Tx, endpoint: UUID) -> Created:
            return Created(endpoint=await webhooks.get(tx, endpoint), secret="")

        made = await shell.once(request, acting, sent, write, load, standing="applicant")
        return await _webhooks(request, made)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_webhook(request, form, status)

    return await shell.submitted(sent, WebhookIn, WEBHOOK_KINDS, do, again)


async def _switch(request: WebRequest, webhook_id: UUID, on: bool, said: str) -> Response[Any]:
    async def do(tx: Tx) -> Endpoint:
        return await webhooks.switch(tx, webhook_id, "enable" if on else "disable")

    return await shell.act(request, "/company/webhooks", do, webhooks.get, said, standing="any")


@post("/company/webhooks/{webhook_id:uuid}/enable")
async def enable(request: WebRequest, webhook_id: FromPath[UUID]) -> Response[Any]:
    """Send to the address again."""
    return await _switch(request, webhook_id, True, shell.words(request)("The webhook is switched on."))


@post("/company/webhooks/{webhook_id:uuid}/disable")
async def disable(request: WebRequest, webhook_id: FromPath[UUID]) -> Response[Any]:
    """Send nothing to the address any more."""
    return await _switch(request, webhook_id, False, shell.words(request)("The webhook is switched off."))


@post("/company/webhooks/{webhook_id:uuid}/rotate")
async def rotate(request: WebRequest, webhook_id: FromPath[UUID]) -> Response[Any]:
    """A new secret, shown on this page alone."""
    async with deps(request).db.tx(shell.signed_in(request), "applicant") as tx:
        made = await webhooks.rotate(tx, webhook_id)
    return await _webhooks(request, made)


@post("/company/webhook-deliveries/{delivery_id:uuid}/again")
async def redeliver(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Send a delivery again, under the same webhook-id."""
    acting = shell.signed_in(request)
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            await webhooks.redeliver(tx, delivery_id)
    except WrongState as refusal:
        return shell.redirect(request, "/company/webhooks", say(refusal, acting.locale).line(), "bad")
    return shell.redirect(request, "/company/webhooks", shell.words(request)("The delivery is sent again."))


ROUTES: Final = Router(
    "",
    route_handlers=[
        list_keys,
        new_key,
        create_key,
        key_page,
        rotate_key,
        revoke_key,
        list_webhooks,
        new_webhook,
        create_webhook,
        enable,
        disable,
        rotate,
        redeliver,
    ],
)
