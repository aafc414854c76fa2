"""Offline check of a contract: does the text have the digest that both parties signed, and does the paper show that text?"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from exchange import terms as standard_terms
from exchange.domain.contract import body as text
from exchange.print.contract import contract_pdf
from exchange.verify import Finding

# Keys of the answer of GET /contracts/{id}; the canonical text alone is accepted too.
WRAPPED: Final = "body"


class NotAContract(Exception):
    """The file holds neither a contract's answer nor its canonical text."""


def verify_contract(content: bytes, *, digest: str | None = None, pdf: bytes | None = None) -> list[Finding]:
    """What is wrong with a contract's file; nothing when all holds.

    `content` is the answer of ``GET /contracts/{id}`` or the canonical JSON itself, then with the `digest` (hex) that was
    signed. `pdf` is the paper, which the same text prints again byte for byte.
    """
    answer, frozen = _open(content)
    stated = digest if answer is None else str(answer.get("digest", ""))
    return list(_findings(frozen, stated, digest, answer or {}, pdf))


def _open(content: bytes) -> tuple[dict[str, Any] | None, str]:
    try:
        found: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
        if isinstance(found.get(WRAPPED), str):
            return found, str(found[WRAPPED])
        return None, content.decode("utf-8").strip()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAContract(str(error)) from error


def _findings(frozen: str, stated: str | None, asked: str | None, answer: dict[str, Any], pdf: bytes | None) -> Iterator[Finding]:
    actual = text.digest(frozen).hex()
    if not stated:
        raise NotAContract("the text alone needs the digest that was signed")
    for expected in {stated, asked or stated}:
        if expected != actual:
            yield Finding("digest of the text", "body", expected, actual)
    try:
        body = text.read(frozen)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        yield Finding("the text is a contract", "body", text.FORMAT, str(error))
        return
    if text.canonical(body) != frozen:
        yield Finding("the text is canonical", "body", "sorted keys, no spaces, nothing unknown", "another form")
    pinned = body.standard_terms
    try:
        known = standard_terms.digest(pinned.version)
    except standard_terms.UnknownTerms:
        known = "unknown version"
    if known != pinned.digest:
        yield Finding("digest of the standard terms", pinned.version, pinned.digest, known)
    yield from _signatures(body, actual, answer)
    if pdf is not None:
        yield from _paper(body, frozen, answer, pdf)


def _signatures(body: text.ContractBody, actual: str, answer: dict[str, Any]) -> Iterator[Finding]:
    """An active signed contract has one signature of each party over this very digest."""
    signatures: list[dict[str, Any]] = answer.get("signatures", [])
    for signature in signatures:
        if signature.get("digest") != actual:
            yield Finding("signed digest", str(signature.get("company_id")), actual, str(signature.get("digest")))
    if body.kind == "signed" and answer.get("status") in ("active", "completed", "terminated"):
        parties = sorted({str(body.buyer.company_id), str(body.seller.company_id)})
        signers = sorted(str(signature.get("company_id")) for signature in signatures)
        if signers != parties:
            yield Finding("both parties signed", str(body.id), ", ".join(parties), ", ".join(signers))


def _paper(body: text.ContractBody, frozen: str, answer: dict[str, Any], pdf: bytes) -> Iterator[Finding]:
    digest = hashlib.sha256(pdf).hexdigest()
    recorded = answer.get("pdf_digest")
    if recorded is not None and recorded != digest:
        yield Finding("digest of the PDF", "pdf", str(recorded), digest)
    printed = hashlib.sha256(contract_pdf(body, text.digest(frozen))).hexdigest()
    if printed != digest:
        yield Finding("the PDF shows this text", "pdf", printed, digest)
