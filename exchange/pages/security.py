"""How one's own account is guarded, for members and operators: the second step of signing in, and where one is signed in."""

import contextlib
from abc import ABC, abstractmethod
from typing import Any, Final
from uuid import UUID

import segno
from litestar import Controller, Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from exchange.ctx import Ctx
from exchange.domain.identity import factor, passkeys, second_step, sessions
from exchange.domain.identity.factor import Vault
from exchange.errors import DomainError, NotFound
from exchange.i18n import translator
from exchange.pages import answers, sending
from exchange.pages.cookies import session_cookie
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, read
from exchange.pages.saying import say
from exchange.pages.sending import refused
from exchange.web import WebRequest, deps, session_token
from schemas.identity import FactorProof, PasskeyName

QR_SCALE: Final = 4


def qr(uri: str) -> Markup:
    """The picture that devices read; drawn here, for nobody else may see what it holds."""
    return Markup(segno.make(uri).svg_inline(scale=QR_SCALE, border=2, light="white"))  # noqa: S704  made of paths alone


class SecurityPages(Controller, ABC):
    """The pages under one address; portal and console say who may come and what surrounds them."""

    @abstractmethod
    def who(self, request: WebRequest) -> Ctx:
        """Who looks; others are led away."""

    @abstractmethod
    async def shown(self, request: WebRequest, status: int, context: dict[str, Any]) -> Response[Any]:
        """The page in its frame."""

    def back(self, request: WebRequest, said: str = "", tone: answers.Tone = "good") -> Response[Any]:
        """To the page itself, with a sentence in the reader's language."""
        return answers.redirect(request, self.path, said, tone)

    async def draw(
        self, request: WebRequest, form: Form, status: int = 200, codes: tuple[str, ...] = (), token: str | None = None
    ) -> Response[Any]:  # fmt: skip
        """The page; `token` is that of a session which this answer begins."""
        acting = self.who(request)
        async with deps(request).db.tx(acting, "any") as tx:
            found = await factor.state(tx)
            places = await sessions.listed(tx, token or session_token(request))
            keys = await passkeys.listed(tx)
            uri = await factor.begun(tx, Vault(deps(request).settings.secret))
        context: dict[str, Any] = {
            "base": self.path,
            "form": form,
            "factor": found,
            "uri": uri,
            "key": "" if uri is None else factor.key_of(uri),
            "qr": "" if uri is None else qr(uri),
            "codes": codes,
            "sessions": places,
            "passkeys": keys,
        }
        return await self.shown(request, status, context)

    @get()
    async def page(self, request: WebRequest) -> Response[Any]:
        """Whether signing in asks for a code, and how to change it."""
        return await self.draw(request, blank(self.who(request).locale))

    @post("/begin")
    async def begin(self, request: WebRequest) -> Response[Any]:
        """A new key for the person's device, shown on the page."""
        acting = self.who(request)
        try:
            async with deps(request).db.tx(acting, "any") as tx:
                await factor.begin(tx, Vault(deps(request).settings.secret))
        except DomainError as error:
            if error.status >= 500:
                raise
            return answers.redirect(request, self.path, say(error, acting.locale).line(), "bad")
        return self.back(request)

    @post("/confirm")
    async def confirm(self, request: WebRequest) -> Response[Any]:
        """Switch it on; this page alone shows the recovery codes. Everywhere else the person is signed out."""
        acting = self.who(request)
        sent = await sending.sent(request)
        parts = deps(request)
        token = session_token(request) or ""
        try:
            given = read(sent.form, FactorProof, {})
            vault = Vault(parts.settings.secret)
            codes, proved = await second_step.confirm(
                parts.db, parts.passwords, vault, acting, given.password, given.code, token=token
            )
        except InvalidForm as problem:
            return await self.draw(request, Form(acting.locale, {}, problem.form.errors), 422)
        except DomainError as error:
            return await self.draw(request, refused(blank(acting.locale), error), error.status)
        parts.access.forget_person(acting.person)
        response = await self.draw(request, blank(acting.locale), codes=codes, token=proved.token)
        response.set_cookie(session_cookie(request, proved.token, proved.lifetime_s))
        return response

    @post("/off")
    async def switch_off(self, request: WebRequest) -> Response[Any]:
        """Switch it off, with password and code."""
        acting = self.who(request)
        sent = await sending.sent(request)
        parts = deps(request)
        try:
            given = read(sent.form, FactorProof, {})
            vault = Vault(parts.settings.secret)
            await second_step.switch_off(parts.db, parts.passwords, vault, acting, given.password, given.code)
        except InvalidForm as problem:
            return await self.draw(request, Form(acting.locale, {}, problem.form.errors), 422)
        except DomainError as error:
            return await self.draw(request, refused(blank(acting.locale), error), error.status)
        _ = translator(acting.locale).gettext
        return self.back(request, _("Signing in needs the password alone again."))

    @post("/passkeys/{passkey_id:uuid}/rename")
    async def rename_passkey(self, request: WebRequest, passkey_id: FromPath[UUID]) -> Response[Any]:
        """Another name, beside which a mistake is said."""
        acting = self.who(request)
        sent = await sending.sent(request)
        try:
            given = read(sent.form, PasskeyName, {})
        except InvalidForm as problem:
            return answers.redirect(request, self.path, " ".join(problem.form.errors.values()), "bad")
        async with deps(request).db.tx(acting, "any") as tx:
            await passkeys.rename(tx, passkey_id, given.name)
        return self.back(request)

    @post("/passkeys/{passkey_id:uuid}/remove")
    async def remove_passkey(self, request: WebRequest, passkey_id: FromPath[UUID]) -> Response[Any]:
        """It opens nothing any more; one that is gone already is no error."""
        acting = self.who(request)
        with contextlib.suppress(NotFound):
            async with deps(request).db.tx(acting, "any") as tx:
                await passkeys.remove(tx, passkey_id)
        _ = translator(acting.locale).gettext
        return self.back(request, _("The passkey is removed."))

    @post("/sessions/{session_id:uuid}/end")
    async def end_session(self, request: WebRequest, session_id: FromPath[UUID]) -> Response[Any]:
        """Sign out in another place; one that is over already is no error."""
        acting = self.who(request)
        with contextlib.suppress(NotFound):
            async with deps(request).db.tx(acting, "any") as tx:
                await sessions.end(tx, session_id)
        deps(request).access.forget_person(acting.person)
        _ = translator(acting.locale).gettext
        return self.back(request, _("You are signed out there."))

    @post("/sessions/end-others")
    async def end_others(self, request: WebRequest) -> Response[Any]:
        """Sign out everywhere but here."""
        acting = self.who(request)
        async with deps(request).db.tx(acting, "any") as tx:
            await sessions.end_others(tx, session_token(request) or "")
        deps(request).access.forget_person(acting.person)
        _ = translator(acting.locale).gettext
        return self.back(request, _("You are signed out everywhere else."))
