"""What can be refused, as classes with data; exchange/problems.py alone turns them into answers."""

from typing import ClassVar

import msgspec

Value = str | int | float | bool | None


class FieldError(msgspec.Struct, frozen=True):
    """One thing wrong in the input: where (JSON pointer), what (code) and what to do (detail, data)."""

    pointer: str
    code: str
    detail: str
    data: dict[str, Value] = {}

    def text(self) -> str:
        return self.detail % self.data


class Refusal(Exception):
    """A refused action. Each class sets its HTTP status, its stable code, a title and a detail with %(name)s places."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self, *, errors: tuple[FieldError, ...] = (), **data: Value) -> None:
        self.data = data
        self.errors = errors
        super().__init__(self.text())

    def text(self) -> str:
        """The detail in English with its data in place."""
        return self.detail % self.data


class DomainError(Refusal):
    """A refusal that is said where the action was asked for."""


class MailNotVerified(DomainError):
    status = 403
    code = "email-not-verified"
    title = "Confirm your e-mail address first"
    detail = (
        "Open the link in the e-mail that the exchange sent to you. Under Account and security you can have it sent again. "
        "Until then you can look around and draft."
    )


class StepUpRequired(Refusal):
    """The session must prove once more who acts; no DomainError, so that no page says it instead of leading there and back."""

    status = 403
    code = "step-up-required"
    title = "Confirm that it is you"
    detail = (
        "This needs a proof of who you are from the last ten minutes. Send your password, or a code of your second step, to "
        "/api/v1/session/step-up, then send this again. An API key cannot do it."
    )


class NotFound(DomainError):
    status = 404
    code = "not-found"
    title = "Not found"
    detail = "There is no such %(noun)s, or it is not yours to see."


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = "Not allowed"
    detail = "Your role does not allow this: it needs %(needed)s."


class ViewOnly(DomainError):
    """An operator who looks with a member's eyes has none of its hands."""

    status = 403
    code = "view-only"
    title = "You only look"
    detail = "You see this as the member does and can change nothing. End the view first."


class OwnGroup(DomainError):
    """Companies that belong together do not deal with each other as strangers do."""

    status = 409
    code = "own-group"
    title = "Both companies belong to one group"
    detail = "Companies of one group do not quote to each other or order from each other on the exchange."


class WrongState(DomainError):
    """The action does not fit the object's state; `current` says which state it has now."""

    status = 409
    code = "wrong-state"
    title = "Not possible in this state"
    detail = "This is not possible while the %(noun)s is %(current)s."


class DeadlinePassed(DomainError):
    status = 409
    code = "deadline-passed"
    title = "The deadline has passed"
    detail = "The deadline was %(due_at)s."


class CompanyNotActive(DomainError):
    status = 403
    code = "company-not-active"
    title = "The company is not active"
    detail = "This needs an active company; yours is %(current)s."


class Invalid(DomainError):
    """The input breaks rules; `errors` names each place."""

    status = 422
    code = "invalid"
    title = "Some of the input is not valid"
    detail = "Correct what is listed and send it again."


# A value of the right shape that nothing here can hold; where it stands is not known any more.
NOT_STORABLE = FieldError(
    "", "not-storable", "A number or a time is out of range, or a text holds a character that cannot be kept."
)


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = "Already exists"
    detail = "%(what)s already exists."


class BodyTooSlow(DomainError):
    status = 408
    code = "body-too-slow"
    title = "The request took too long"
    detail = "Its body did not arrive within %(seconds)s seconds; nothing was done. Send it again."


class KeyReused(DomainError):
    status = 422
    code = "key-reused"
    title = "The key was used for another request"
    detail = "This Idempotency-Key belongs to a request with another body. Use a new key for a new request."


class KeyInProgress(DomainError):
    status = 409
    code = "key-in-progress"
    title = "The same request is being carried out"
    detail = "A request with this Idempotency-Key is still running. Ask again in a moment with the same key."


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    title = "Not available for a moment"
    detail = "%(what)s is not available for a moment. Try again shortly."


def invalid(pointer: str, code: str, detail: str, **data: Value) -> Invalid:
    """One wrong field as an error."""
    return Invalid(errors=(FieldError(pointer, code, detail, data),))
