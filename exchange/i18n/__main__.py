"""`python -m exchange.i18n extract` adds new messages to the message files, `extract --prune` drops unused ones too;
`check` fails when a translation is missing."""

import sys

from exchange.i18n.catalogue import LOCALES, SOURCE_LOCALE
from exchange.i18n.extraction import problems, update


def main(arguments: list[str]) -> int:
    match arguments:
        case ["extract"] | ["extract", "--prune"]:
            for locale in LOCALES:
                if locale != SOURCE_LOCALE:
                    for area, empty in sorted(update(locale, prune="--prune" in arguments).items()):
                        sys.stdout.write(f"{locale}/{area}.po" + (f": {empty} to translate\n" if empty else "\n"))
            return 0
        case ["check"]:
            found = list(problems())
            sys.stdout.write("\n".join(found or ["every message is translated"]) + "\n")
            return 1 if found else 0
        case _:
            sys.stderr.write("usage: python -m exchange.i18n extract [--prune] | check\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
