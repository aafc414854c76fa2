"""`exchange keys`: the keyring of personal data."""

import asyncio
from pathlib import Path

import rich_click as click

from exchange.cli.terminal import environment, fail, put_json
from exchange.keyring import KeyringBroken


@click.group("keys")
def keys_group() -> None:
    """The keys of personal data, which stand in a file outside the database."""


@keys_group.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keys_new(file: Path) -> None:
    """A new keyring in FILE, readable by its owner alone; an existing file stays as it is."""
    from exchange import keyring

    if file.exists():
        fail(f"{file} exists; `exchange keys rotate` adds a key to it")
    keyring.make(file)
    click.echo(f"{file} is made. Keep a copy apart from the database's backups: without it personal data is lost.")


@keys_group.command("rotate")
@click.option("--data", is_flag=True, help="Also a new data key for every company; the worker then seals its data again.")
@click.option("--forget", is_flag=True, help="Take masters that wrap nothing any more out of the keyring.")
@click.option("--json", "as_json", is_flag=True, help="What was done, as JSON.")
def keys_rotate(data: bool, forget: bool, as_json: bool) -> None:
    """A new master key in the keyring (EXCHANGE_KEYS_FILE), and all data keys under it (DATABASE_URL of the worker role).

    The exchange goes on meanwhile. A rotation that was cut off is finished by running it again.
    """
    from exchange import keys_command

    try:
        done = asyncio.run(
            keys_command.rotate(environment("DATABASE_URL"), Path(environment("EXCHANGE_KEYS_FILE")), data=data, forget=forget)
        )
    except KeyringBroken as error:
        fail(str(error))
    if as_json:
        put_json(done)
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in done.items()))
