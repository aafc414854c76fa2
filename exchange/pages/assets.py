"""Serves the files under static/ from memory, compressed once at start, under addresses that change with their content."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

STATIC_DIR = Path(__file__).parent / "static"
STATIC_PATH = "/static"
SERVED = (".css", ".js", ".svg", ".png", ".ico", ".webmanifest")
ONE_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    media_type: str
    digest: str
    plain: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Every served file by its path under static/."""
    found: dict[str, Asset] = {}
    for path in sorted(STATIC_DIR.rglob("*")):
        if path.suffix in SERVED:
            plain = path.read_bytes()
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            digest = hashlib.sha256(plain).hexdigest()[:12]
            name = path.relative_to(STATIC_DIR).as_posix()
            found[name] = Asset(media_type, digest, plain, gzip.compress(plain, 9, mtime=0))
    return found


@cache
def asset_url(name: str) -> str:
    """The address of a file, with a digest so that browsers may keep it for a year."""
    return f"{STATIC_PATH}/{name}?v={assets()[name].digest}"


@get(STATIC_PATH + "/{name:path}", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], name: FromPath[Path]) -> Response[bytes]:
    """One file; compressed when the browser says it can read that."""
    asset = assets().get(name.as_posix().lstrip("/"))
    if asset is None:
        raise NotFoundException
    headers = {"cache-control": ONE_YEAR, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(asset.plain, media_type=asset.media_type, headers=headers)
