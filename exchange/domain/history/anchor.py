"""A signed head of the chain: what is kept outside the database, so that nobody who owns the database can rewrite the past.

The key is Ed25519. One anchor is one line of JSON; its signature covers PREFIX and the other fields as compact JSON.
"""

import base64
import binascii
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from exchange.domain.history.chain import Head

PREFIX: Final = b"exchange audit head 1\n"


class NotAKey(Exception):
    """What was given is no Ed25519 key in PEM."""


class NotAnchors(Exception):
    """The file does not hold anchors; the message says where it ends to do so."""


class Anchor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of the record at one moment, signed. `key` is the beginning of the digest of the public key."""

    position: int
    hash: str
    at: datetime
    key: str
    signature: str = ""

    @property
    def head(self) -> Head:
        return Head(self.position, bytes.fromhex(self.hash))


def _signed(anchor: Anchor) -> bytes:
    return PREFIX + msgspec.json.encode((anchor.position, anchor.hash, anchor.at, anchor.key))


def key_name(public: Ed25519PublicKey) -> str:
    """How anchors name the key that signed them."""
    return sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def sign(private: Ed25519PrivateKey, head: Head, at: datetime) -> Anchor:
    """The head as it is kept outside."""
    bare = Anchor(position=head.position, hash=head.hash.hex(), at=at, key=key_name(private.public_key()))
    signature = base64.b64encode(private.sign(_signed(bare))).decode()
    return msgspec.structs.replace(bare, signature=signature)


def signed_by(public: Ed25519PublicKey, anchor: Anchor) -> bool:
    """Whether this key signed exactly this anchor."""
    try:
        public.verify(base64.b64decode(anchor.signature, validate=True), _signed(anchor))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def new_key() -> str:
    """A fresh private key in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def private_key(pem: str) -> Ed25519PrivateKey:
    """Raises NotAKey."""
    try:
        found = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise NotAKey(str(error)) from None
    if not isinstance(found, Ed25519PrivateKey):
        raise NotAKey("the key is not of type Ed25519")
    return found


def public_key(pem: str) -> Ed25519PublicKey:
    """From a public key, or from the private one that it belongs to. Raises NotAKey."""
    if "PRIVATE" in pem:
        return private_key(pem).public_key()
    try:
        found = load_pem_public_key(pem.encode())
    except (ValueError, TypeError) as error:
        raise NotAKey(str(error)) from None
    if not isinstance(found, Ed25519PublicKey):
        raise NotAKey("the key is not of type Ed25519")
    return found


def public_pem(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors of a file of lines, or of the e-mail (.eml) that brought one. Raises NotAnchors."""
    content = file.read_bytes()
    if file.suffix == ".eml":
        message = message_from_bytes(content, policy=default)
        body = message.get_body(("plain",))
        text = "" if body is None else str(body.get_content())
        lines = [line.strip() for line in text.splitlines() if line.startswith("{")]
    else:
        lines = [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
        if lines and not content.endswith((b"\n", b"}")):
            # It was cut off while it was written.
            lines.pop()
    found: list[Anchor] = []
    for number, line in enumerate(lines, 1):
        try:
            anchor = msgspec.json.decode(line, type=Anchor)
            bytes.fromhex(anchor.hash)
        except (msgspec.DecodeError, ValueError) as error:
            raise NotAnchors(f"line {number}: {error}") from None
        found.append(anchor)
    if not found:
        raise NotAnchors("there is no anchor in it")
    return found
