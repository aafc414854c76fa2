"""`exchange operator`: the people who run the exchange."""

import asyncio

import asyncpg
import rich_click as click

from exchange.cli.terminal import environment, fail


@click.group()
def operator() -> None:
    """The people who run the exchange."""


@operator.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, help="moderator, compliance, finance, arbiter, administrator.")
@click.option("--locale", default="vi", type=click.Choice(["vi", "en"]))
@click.password_option(help="Asked for when it is not given.")
def operator_add(email: str, name: str, roles: tuple[str, ...], locale: str, password: str) -> None:
    """Make an operator (OWNER_DATABASE_URL), or change the roles of one."""
    from exchange.domain.identity.bootstrap import LastAdministrator, add_operator
    from exchange.passwords import Passwords

    async def add() -> bool:
        password_hash = await Passwords().hash(password)
        owner = await asyncpg.connect(environment("OWNER_DATABASE_URL"))
        try:
            return await add_operator(owner, email, name, password_hash, locale, list(roles)) is not None
        finally:
            await owner.close()

    unknown = set(roles) - {"moderator", "compliance", "finance", "arbiter", "administrator"}
    if unknown:
        fail(f"no such role: {', '.join(sorted(unknown))}", 2)
    if len(password) < 10:
        fail("a password has at least 10 characters", 2)
    try:
        added = asyncio.run(add())
    except LastAdministrator:
        fail(f"{email} is the only administrator; make another first")
    if not added:
        fail(f"{email} belongs to a member company; an operator never trades")
    click.echo(f"{email} is an operator: {', '.join(roles)}")
