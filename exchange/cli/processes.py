"""The four processes of the exchange, each until it is told to stop."""

import rich_click as click

from exchange.cli.terminal import fail, settings
from exchange.keyring import KeyringBroken
from exchange.settings import SettingsError


@click.command()
def serve() -> None:
    """The HTTP process: API, member portal, operator console."""
    from exchange import app

    try:
        app.main(settings())
    except (SettingsError, KeyringBroken) as error:
        fail(str(error), 2)


@click.command()
def work() -> None:
    """The worker process: jobs, deadlines, webhooks, mail, the sequencer."""
    from exchange import worker

    try:
        worker.main(settings())
    except (SettingsError, KeyringBroken) as error:
        fail(str(error), 2)


@click.command()
def inbound() -> None:
    """The mail process: takes replies by SMTP and posts them as messages."""
    from exchange.inbound import process

    process.main(settings())


@click.command()
def match() -> None:
    """The matcher process: keeps the offers in memory, ranks and explains."""
    from exchange import matcher

    matcher.main(settings())
