"""What is refused when an order is placed."""

from exchange.errors import DomainError


class OfferChanged(DomainError):
    """Another version, or another state, than the buyer saw; `current` says which."""

    status = 409
    code = "offer-changed"
    title = "The offer has changed"
    detail = "%(title)s is now %(current)s. Look at it again and order that."


class NotEnough(DomainError):
    status = 409
    code = "not-enough"
    title = "Not enough is left"
    detail = "%(title)s: %(available)s left, you ask for %(asked)s. Order less, or ask for a quote."


class SellerNotActive(DomainError):
    status = 409
    code = "seller-not-active"
    title = "The seller takes no new orders"
    detail = "The seller is %(current)s and starts no new deals."


class AboveSigningLimit(DomainError):
    status = 422
    code = "above-signing-limit"
    title = "This needs a signed contract"
    detail = "The value is above what %(side)s concludes without a signed contract. Ask for a quote; its award is signed."


class CurrencyNotAllowed(DomainError):
    status = 422
    code = "currency-not-allowed"
    title = "This currency is not allowed between you"
    detail = "Two companies resident in the same country deal in %(required)s here, not in %(currency)s."


class OwnCompany(DomainError):
    status = 422
    code = "own-company"
    title = "You cannot order from yourself"
    detail = "The seller is your own company, or one that you act for too."
