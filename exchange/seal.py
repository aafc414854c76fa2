"""What is kept sealed: encrypted and authenticated with a key of the process's secret, bound to whom it belongs."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12


def derived(secret: str, purpose: str) -> bytes:
    """A key of the process's secret for one purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"exchange {purpose}".encode()).derive(secret.encode())


class Seal:
    """AES-256-GCM under a key derived for one purpose: what was sealed for another purpose never opens here."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._cipher = AESGCM(derived(secret, purpose))

    def close(self, plain: bytes, bound: bytes) -> bytes:
        """Sealed for `bound`, and different each time."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes | None:
        """What was sealed for `bound`; None for anything that was changed, is another's, or was never sealed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            return None
