"""The door to object storage: bytes under ``files/<id>``, written once and never changed."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID

import obstore
from obstore.store import ObjectStore, from_url

MAX_BYTES: Final = 20 * 1024 * 1024


class Files:
    """The stored bytes of all files. `folder` is set when they stand on this machine."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def open(cls, url: str) -> Self:
        """Open ``file:///folder`` (made when missing), ``s3://bucket/prefix`` or any other address that obstore knows."""
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(from_url(url), folder)
        return cls(from_url(url), None)

    async def put(self, file_id: UUID, content: bytes) -> None:
        """Store the bytes durably before it returns, so that a row written afterwards never points at nothing."""
        key = _key(file_id)
        await obstore.put_async(self._store, key, content, mode="create")
        if self._folder is not None:
            await asyncio.to_thread(_sync, self._folder / key)

    async def get(self, file_id: UUID) -> bytes:
        """All bytes of a file; FileNotFoundError when there are none."""
        found = await obstore.get_async(self._store, _key(file_id))
        return bytes(await found.bytes_async())

    async def remove(self, file_id: UUID) -> None:
        """Take back bytes that no row names; nothing when there are none."""
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _key(file_id))


def _key(file_id: UUID) -> str:
    return f"files/{file_id}"


def _sync(path: Path) -> None:
    """Flush a file and its folder: the store itself leaves that to the operating system."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
