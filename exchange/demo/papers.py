"""The files of the story: a photograph of damaged bags and a supplier's invoice."""

import struct
import zlib
from typing import Final

import typst

SIDE: Final = 64


def photo() -> bytes:
    """A small valid PNG: brown bags with a torn light patch."""
    rows = b"".join(
        b"\x00" + b"".join(b"\xe8\xe0\xd0" if (x - 40) ** 2 + (y - 24) ** 2 < 120 else b"\x9a\x72\x48" for x in range(SIDE))
        for y in range(SIDE)
    )
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def invoice(number: str, gross: str) -> bytes:
    """The seller's own document as a PDF."""
    text = f"= Hóa đơn giá trị gia tăng\n\nSố: {number}\n\nTổng thanh toán: {gross} VND\n"
    return bytes(typst.compile(text.encode(), format="pdf"))
