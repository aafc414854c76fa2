"""Where a reader stands in the record, as they see it: a position under a cipher.

Two plain positions would tell how much the others do meanwhile. On the wire stands one AES block that holds the position
and eight zeros, which also says that it is ours.
"""

import base64
import hashlib
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from exchange.errors import invalid

START: Final = ""
_CHARS: Final = 22


@cache
def _cipher(secret: str) -> Cipher[ECB]:
    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"place of record").digest()
    return Cipher(AES(key), ECB())  # noqa: S305 - one block, and no two positions are equal


def write_place(position: int, secret: str) -> str:
    """A position for the outside; `secret` is the setting."""
    block = _cipher(secret).encryptor().update(position.to_bytes(8, "big") + bytes(8))
    return base64.urlsafe_b64encode(block).decode().rstrip("=")


def known_place(text: str, secret: str) -> int | None:
    """The position that `write_place` wrote, 0 for START; None for anything else."""
    if text == START:
        return 0
    if len(text) != _CHARS or not text.isascii():
        return None
    try:
        block = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except ValueError:
        return None
    plain = _cipher(secret).decryptor().update(block)
    return int.from_bytes(plain[:8], "big") if plain[8:] == bytes(8) else None


def read_place(text: str, secret: str) -> int:
    """The same; raises Invalid for anything that is no place of this exchange."""
    position = known_place(text, secret)
    if position is None:
        raise invalid("/after", "place", "This is no place in the feed. Take the one that its last page gave you.")
    return position
