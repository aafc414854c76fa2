"""What is refused when somebody signs in, proves who they are, or comes with a key."""

from exchange.errors import DomainError
from exchange.i18n import N_


class LockedOut(DomainError):
    """Too many wrong passwords; `seconds` says how long to wait."""

    status = 429
    code = "locked-out"
    title = "Too many wrong passwords"
    detail = "Too many wrong passwords. Try again in %(minutes)s min, or set a new password."

    def __init__(self, *, seconds: int) -> None:
        super().__init__(seconds=seconds, minutes=-(-seconds // 60))


class TooManyMails(LockedOut):
    """Too many links were asked for by e-mail; `seconds` says how long to wait."""

    title = N_("Too many e-mails were asked for")
    detail = N_("Too many e-mails were asked for. Look into the folder for unwanted mail too, or try again in %(minutes)s min.")


class TooManyKnown(LockedOut):
    """Too many applications with what the exchange knows already; `seconds` says how long to wait."""

    title = N_("Too many applications that are known")
    detail = N_("Too many applications with known details came from your network. Try again in %(minutes)s min.")


class WrongCredentials(DomainError):
    """Says nothing about which of the two was wrong, nor whether the person exists."""

    status = 401
    code = "wrong-credentials"
    title = "Not signed in"
    detail = "This e-mail and password do not belong together."


class WrongPassword(DomainError):
    status = 422
    code = "wrong-password"
    title = "Wrong password"
    detail = "This is not your password. Nothing was done."


class CodeNeeded(DomainError):
    """The password alone proves too little of a person with a second factor."""

    status = 422
    code = "code-needed"
    title = "A code is needed"
    detail = "Enter a code of your device, or a recovery code."


class PasswordNeeded(DomainError):
    status = 422
    code = "password-needed"
    title = "Your password is needed"
    detail = "Enter your password."


class SecondFactorRequired(DomainError):
    """The password is right and the person has a second factor; `challenge` goes back with a code within five minutes."""

    status = 401
    code = "second-factor-required"
    title = "A code is needed"
    detail = "The password is right. Send a code of your device, or a recovery code, with this challenge within five minutes."


class ChallengeOver(DomainError):
    status = 401
    code = "challenge-over"
    title = "Enter your password again"
    detail = "This took too long. Sign in with your e-mail and password again."


class WrongCode(DomainError):
    status = 422
    code = "wrong-code"
    title = "Wrong code"
    detail = "This code is wrong, too old, or was used already. Wait for the next one. Nothing was done."


class FactorUnreadable(DomainError):
    """The process's secret was changed, so keys of devices that it sealed open no more. Recovery codes do not depend on it."""

    status = 409
    code = "second-factor-unreadable"
    title = "The exchange can no longer check codes of your device"
    detail = (
        "Its secret was changed. Enter one of your recovery codes instead, then switch the second step off and on again. "
        "Without a recovery code, ask the exchange: two operators check who you are and remove the second step."
    )


class TooManyCodes(LockedOut):
    """`seconds` says how long to wait."""

    title = N_("Too many wrong codes")
    detail = N_("Too many wrong codes. Try again in %(minutes)s min.")


class LinkOver(DomainError):
    """A link of an e-mail that was opened before, is too old, or was never sent."""

    status = 422
    code = "link-over"
    title = "This link counts no more"
    detail = "This link was used already, or is too old. Ask for a new one."


class PasskeyOver(DomainError):
    status = 422
    code = "passkey-over"
    title = "This took too long"
    detail = "This question was answered already, or took longer than five minutes. Try again."


class PasskeyRefused(DomainError):
    """Does not say whether the passkey is unknown or its answer wrong."""

    status = 422
    code = "passkey-refused"
    title = "The passkey was not accepted"
    detail = "This passkey was not accepted. Try another one, or use your password."


class ProviderOver(DomainError):
    status = 422
    code = "provider-over"
    title = "This took too long"
    detail = "Signing in through your company was begun in another browser, took too long, or is done already. Begin again."


class ProviderRefused(DomainError):
    """`what` says what was wrong, with nothing of what the provider said."""

    status = 422
    code = "provider-refused"
    title = "Signing in through your company did not work"
    detail = "Your company's sign-in was not accepted: %(what)s. Use your password, or tell an administrator of your company."


class SecondFactorIsOn(DomainError):
    status = 409
    code = "second-factor-on"
    title = "The second step is on already"
    detail = "Switch it off first to use another device."


class SecondFactorNotOn(DomainError):
    status = 409
    code = "second-factor-off"
    title = "The second step is not on"
    detail = "There is nothing to switch off."


class MistypedKey(DomainError):
    """Found by the key's own checksum: nothing was looked up."""

    status = 401
    code = "key-mistyped"
    title = "This is no API key"
    detail = "A key of the exchange is ex_live_ or ex_test_, 32 characters and 6 of checksum: here one is wrong or missing."


class OtherEnvironment(DomainError):
    status = 401
    code = "key-environment"
    title = "A key of the other environment"
    detail = "Keys of the sandbox (ex_test_) and real keys (ex_live_) open nothing of each other."


class OtherNetwork(DomainError):
    """The key is valid, and the request comes from where it may not come from."""

    status = 403
    code = "key-network"
    title = "Not from this address"
    detail = "This key may not be used from the address that the request comes from. Its list stands on the page API keys."


class RoleInUse(DomainError):
    status = 409
    code = "role-in-use"
    title = "Somebody has this role"
    detail = "Take the role from everybody who has it first: %(holders)s people."
