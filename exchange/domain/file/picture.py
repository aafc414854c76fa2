"""Whether a picture is there from its first to its last byte, as far as its own structure says. Pure."""

import struct
import zlib
from typing import Final

PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
_PNG_HEAD: Final = 8
_JPEG_END: Final = b"\xff\xd9"
# Frame headers of JPEG: every SOFn but DHT, JPG and DAC, which share the range.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def whole_picture(kind: str, content: bytes) -> bool:
    """False for one that was cut off or damaged on its way."""
    match kind:
        case "image/png":
            return _png(content)
        case "image/jpeg":
            return _jpeg(content)
        case "image/webp":
            return len(content) >= 16 and 8 + struct.unpack_from("<I", content, 4)[0] <= len(content)
        case _:
            return True


def _png(content: bytes) -> bool:
    """Chunks with right checksums, beginning with a header, holding data, up to the end mark."""
    at, seen = _PNG_HEAD, set[bytes]()
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 8 + size]
        mark = content[at + 8 + size : at + 12 + size]
        if len(mark) < 4 or zlib.crc32(body) != int.from_bytes(mark, "big"):
            return False
        seen.add(body[:4])
        if body[:4] == b"IEND":
            return {b"IHDR", b"IDAT"} <= seen
        at += 12 + size
    return False


def _jpeg(content: bytes) -> bool:
    """A frame with a size, then scan data, and an end mark behind it."""
    at, framed = 2, False
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            framed = size >= 8 and content[at + 5 : at + 9] not in (b"", bytes(4))
        if marker == 0xDA:
            return framed and content.rfind(_JPEG_END) > at + size
        at += 2 + size
    return False
