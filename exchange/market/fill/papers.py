"""What people attach: the photo of damaged goods and the seller's electronic invoice."""

import struct
import zlib
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from exchange.market.data import Company

WIDTH: Final = 480
HEIGHT: Final = 320
FLOOR: Final = (146, 140, 132)
BOX: Final = (181, 138, 90)
TAPE: Final = (214, 190, 150)
WET: Final = (104, 78, 52)


def photo() -> bytes:
    """A PNG of a carton on a grey floor with one wet corner."""
    rows = b"".join(b"\x00" + b"".join(bytes(_colour(x, y)) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _colour(x: int, y: int) -> tuple[int, int, int]:
    if not (90 <= x < 390 and 60 <= y < 270):
        return FLOOR
    if (x - 390) ** 2 + (y - 270) ** 2 < 110**2:
        return WET
    return TAPE if abs(y - 130) < 14 else BOX


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def invoice(seller: Company, buyer: Company, number: str, on: date, net: str, vat: str, currency: str) -> bytes:
    """An electronic invoice as XML: number, day, both parties with their tax ids, amounts."""
    fields = {
        "SHDon": number,
        "NLap": on.isoformat(),
        "DVTTe": currency,
        "NBan": f"<Ten>{escape(seller.legal_name)}</Ten><MST>{escape(seller.tax_id)}</MST><DChi>{escape(seller.address)}</DChi>",
        "NMua": f"<Ten>{escape(buyer.legal_name)}</Ten><MST>{escape(buyer.tax_id)}</MST><DChi>{escape(buyer.address)}</DChi>",
        "TgTCThue": net,
        "TgTThue": vat,
    }
    inside = "\n".join(f"  <{name}>{value}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<HDon>\n{inside}\n</HDon>\n'.encode()
