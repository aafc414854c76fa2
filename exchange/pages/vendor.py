"""Rebuilds static/vendor/ from unpacked npm packages: the part of Tabler we use, htmx, and one sprite of icons.

Run by hand when a version changes: `python -m exchange.pages.vendor DIR`, where DIR holds the unpacked packages
`htmx.org`, `@tabler/core` and `@tabler/icons` as DIR/htmx, DIR/tabler-core and DIR/tabler-icons. Nothing at run time,
in an install or in a test needs Node: the results are kept in the repository and VENDOR.json records their digests.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

VENDOR_DIR = Path(__file__).parent / "static" / "vendor"

# Tabler's whole stylesheet is 635 kB, three times what a page may weigh. We keep its tokens, its element defaults and
# the components below; a rule stays when every class in its selector is named here.
TABLER_CLASSES = frozenset(
    {
        "btn",
        "btn-primary",
        "btn-danger",
        "btn-outline-danger",
        "btn-ghost",
        "btn-sm",
        "btn-icon",
        "form-control",
        "form-select",
        "form-label",
        "form-check",
        "form-check-input",
        "form-check-label",
        "input-group",
        "input-group-text",
        "is-invalid",
        "visually-hidden",
    }
)

# One name a line, from https://tabler.io/icons (outline).
ICON_LIST = VENDOR_DIR / "icons.txt"

_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_STRING_OR_BRACE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{};]")


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Split a stylesheet into (prelude, body); a statement such as @charset has the body ''."""
    depth = 0
    start = 0
    prelude = ""
    body_start = 0
    for token in _STRING_OR_BRACE.finditer(css):
        mark = token.group()
        if mark == "{":
            if depth == 0:
                prelude = css[start : token.start()].strip()
                body_start = token.end()
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth == 0:
                yield prelude, css[body_start : token.start()]
                start = token.end()
        elif mark == ";" and depth == 0:
            yield css[start : token.start()].strip(), ""
            start = token.end()


def prune(css: str, keep: frozenset[str]) -> str:
    """The rules of a stylesheet whose selectors use no class outside `keep`."""
    out: list[str] = []
    for prelude, body in blocks(css):
        if prelude.startswith(("@media", "@supports", "@layer")):
            inner = prune(body, keep)
            if inner:
                out.append(f"{prelude}{{{inner}}}")
        elif not prelude.startswith("@"):
            selectors = [s for s in _split_selectors(prelude) if _is_kept(s, keep)]
            if selectors and body.strip():
                out.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(out)


def _split_selectors(prelude: str) -> list[str]:
    """Split at commas outside parentheses."""
    parts: list[str] = []
    depth = 0
    start = 0
    for position, char in enumerate(prelude):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(prelude[start:position].strip())
            start = position + 1
    parts.append(prelude[start:].strip())
    return parts


def _is_kept(selector: str, keep: frozenset[str]) -> bool:
    if re.search(r"navbar-theme|data-theme|data-vc|data-bs-theme-|body\[data-bs-theme|id\^=|class[*^]=", selector):
        return False
    return all(name in keep for name in _CLASS.findall(selector))


def drop_unused_properties(css: str, used_elsewhere: str) -> str:
    """Remove custom properties that neither this stylesheet nor `used_elsewhere` reads, until nothing changes."""
    while True:
        slim = _drop_once(css, frozenset(re.findall(r"var\(\s*(--[\w-]+)", css + used_elsewhere)))
        if slim == css:
            return css
        css = slim


def _drop_once(css: str, read: frozenset[str]) -> str:
    kept = re.sub(r"(--[\w-]+):[^;{}]*;?", lambda m: m.group() if m.group(1) in read else "", css)
    return re.sub(r"[^{}]+\{\s*\}", "", kept)


def sprite(icons_dir: Path) -> str:
    """One SVG document with a <symbol> for each listed icon, drawn with the colour of the text around it."""
    symbols: list[str] = []
    for name in sorted(ICON_LIST.read_text().split()):
        drawn = re.findall(r'<path d="([^"]+)" ?/>', (icons_dir / f"{name}.svg").read_text())
        paths = "".join(f'<path d="{path}"/>' for path in drawn)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{paths}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def build(packages: Path) -> None:
    tabler = packages / "tabler-core" / "package"
    icons = packages / "tabler-icons" / "package"
    htmx = packages / "htmx" / "package"
    own = (VENDOR_DIR.parent / "app.css").read_text()
    css = (tabler / "dist/css/tabler.min.css").read_text()
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = drop_unused_properties(prune(css, TABLER_CLASSES), own)
    notice = f"/*! Part of Tabler {_version(tabler)} (https://tabler.io), MIT; see VENDOR.json */\n"
    (VENDOR_DIR / "tabler.css").write_text(notice + css.replace("}", "}\n"))
    (VENDOR_DIR / "htmx.js").write_text((htmx / "dist/htmx.min.js").read_text())
    (VENDOR_DIR / "icons.svg").write_text(sprite(icons / "icons" / "outline"))
    entries = [
        _entry("@tabler/core", tabler, "MIT", "tabler.css"),
        _entry("htmx.org", htmx, "0BSD", "htmx.js"),
        _entry("@tabler/icons", icons, "MIT", "icons.svg"),
    ]
    (VENDOR_DIR / "VENDOR.json").write_text(json.dumps(entries, indent=2) + "\n")


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text())["version"])


def _entry(name: str, package: Path, licence: str, file: str) -> dict[str, str]:
    digest = hashlib.sha256((VENDOR_DIR / file).read_bytes()).hexdigest()
    return {"name": name, "version": _version(package), "file": file, "sha256": digest, "licence": licence}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
