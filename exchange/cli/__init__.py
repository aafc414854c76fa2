"""The command line: each command reads its options, starts what it names and says what it did.

Commands import what they start when they run, so that `exchange --help` needs no server.
"""

import rich_click as click

from exchange.cli import bench, importing, keys, local, operators, processes, upkeep, verify


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="exchange")
def main() -> None:
    """A B2B trading exchange: offers, RFQs, matching, quotes, awards, contracts, delivery, settlement."""


for command in (
    processes.serve,
    processes.work,
    processes.inbound,
    processes.match,
    upkeep.migrate,
    upkeep.anchor,
    upkeep.openapi,
    local.up,
    local.demo,
    importing.import_group,
    operators.operator,
    keys.keys_group,
    verify.verify,
    bench.bench,
):
    main.add_command(command)
