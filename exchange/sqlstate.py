"""What it means that a statement failed: refusals of the database in the exchange's own words."""

from typing import Final

import asyncpg

from exchange.errors import NOT_STORABLE, CompanyNotActive, Conflict, Forbidden, Invalid, OwnGroup, Unavailable

# What a statement ends with when the database refuses it or is lost. The driver's internal error is one of them: a
# connection that breaks in the middle of a statement may leave it in a state it does not know.
FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def translate(error: Exception) -> Exception:
    """A refusal by the database as what it means; anything else stays what it is."""
    sqlstate: str | None = getattr(error, "sqlstate", None)
    match sqlstate:
        case "EX001":
            return CompanyNotActive(current=getattr(error, "detail", None) or "unknown")
        case "EX003":
            return Forbidden(needed="owner or admin")
        case "EX030":
            return OwnGroup()
        case "55P03":
            return Unavailable(what="This record")
        case "40001" | "40P01" | "57014" | "57P01" | "57P02" | "57P03" | "53300" | "08000" | "08001" | "08003" | "08006":
            return Unavailable(what="The database")
        case "23505":
            return Conflict(what="This")
        case str() if sqlstate.startswith("22") and sqlstate != "22012":
            # Class 22: a value that passed the schema and that no column holds. Dividing by zero is a mistake of ours.
            return Invalid(errors=(NOT_STORABLE,))
        case None if isinstance(error, OSError) or _lost(error):
            return Unavailable(what="The database")
        case _:
            return error


def _lost(error: Exception) -> bool:
    """Whether asyncpg noticed on our side that the connection is gone; its other complaints are mistakes of ours."""
    if isinstance(error, asyncpg.InternalClientError):
        return True
    return isinstance(error, asyncpg.InterfaceError) and ("closed" in str(error) or "released" in str(error))
