"""What an e-mail says: its own text without the history below it, its files, and whether a machine wrote it. Pure."""

import contextlib
import re
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any, Final, cast

import msgspec
from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES, QUOTED_MATCH_INCLUDE

TEXT_MOST: Final = 200_000
PARTS_MOST: Final = 100
# The library looks for history with expressions whose work grows with the cube of a line: it gets so much of the beginning, long
# lines, which begin no history, as one mark each, and no longer gaps than two lines.
SEARCHED_MOST: Final = 40_000
LINE_MOST: Final = 200
# What opens no tag is text: the parser would look for its end through all that follows, again and again.
PAGE_MOST: Final = 100_000
_DECLARED: Final = re.compile(r"<[!?][^<>]*>")
_UNCLOSED: Final = re.compile(r"<(?![^<>]*>)")
# A header's work grows with the square of its length, a part's with how deep it stands.
HEADER_MOST: Final = 2_000
NESTED_MOST: Final = 30
_MARK: Final = "\ue000"
_MARKED: Final = re.compile(f"{_MARK}([0-9]+){_MARK}")
# How mail programs begin the history, besides those that the library knows: Gmail, Apple Mail and Outlook in Vietnamese.
_VIETNAMESE: Final = {
    "wrote_header": rf"^({QUOTED_MATCH_INCLUDE}(?:Vào|Ngày|Lúc)\s(?:.+?\s?.+?)\s?(?:đã\s)?viết:)$",
    "from_header": rf"((?:(?:^|\n|\n{QUOTED_MATCH_INCLUDE})[* ]*"
    r"(?:Từ|Đã gửi|Tới|Đến|Gửi|Chủ đề|Tiêu đề|Ngày|Cc):[ *]*(?:\s{,2}).*){2,}(?:\n.*){,1})",
    "signatures": [],
    "sent_from": "Gửi từ|Đã gửi từ",
}
_LANGUAGES: Final = ["en", "vi", "fr", "de", "es", "ja", "ko", "zh"]
# The library says of its table that it holds texts alone; its own rows hold lists too.
cast(dict[str, Any], MAIL_LANGUAGES).setdefault("vi", _VIETNAMESE)
_REMARK: Final = re.compile(r"\([^()]*\)")
_SENT_FROM: Final = ("sent from my", "gửi từ", "đã gửi từ", "get outlook for")
_BY_MACHINES: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})


class Attached(msgspec.Struct, frozen=True):
    name: str
    content: bytes


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`automatic`: a machine wrote it. `key` is the same for the same e-mail however often it is delivered.

    `sender` is the one address of its From; empty when that names none or several. `proofs` are the Authentication-Results that
    servers on the way wrote over it, the last server's first.
    """

    sender: str
    proofs: tuple[str, ...]
    text: str
    files: tuple[Attached, ...]
    automatic: bool
    key: bytes


class _Bounded(EmailPolicy):
    """Headers as far as anybody reads them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_MOST]


def read(content: bytes) -> Letter:
    """Any bytes are some letter; what cannot be understood is left out."""
    marks = content.lower()
    if marks.count(b"boundary") + marks.count(b"message/") <= NESTED_MOST:
        # The parser has no word for what it does not understand: it falls over its own parts.
        with contextlib.suppress(RecursionError, LookupError, ValueError, TypeError, AttributeError):
            return _read(content)
    return Letter(sender="", proofs=(), text="", files=(), automatic=False, key=sha256(content).digest())


def _read(content: bytes) -> Letter:
    parsed = message_from_bytes(content, policy=_Bounded())
    assert isinstance(parsed, EmailMessage), "what the default policy makes"
    identity = str(parsed.get("Message-ID", "")).strip()
    return Letter(
        sender=_sender(parsed),
        proofs=tuple(str(value) for value in parsed.get_all("Authentication-Results", ())),
        text=own_text(_body(parsed)),
        files=tuple(_files(parsed)),
        automatic=_automatic(parsed),
        key=sha256(identity.encode() if identity else content).digest(),
    )


def _sender(message: EmailMessage) -> str:
    """Who says to have written it, when that is one address and nothing else."""
    written = message.get_all("From", ())
    named = [item for value in written for item in getaddresses([str(value)])]
    return named[0][1] if len(written) == 1 == len(named) else ""


def proved(letter: Letter, server: str) -> bool:
    """Whether our own mail server has found that the letter comes from the domain of its sender (DMARC, RFC 8601).

    Its own line is the first of that name: it takes away those that came with the letter.
    """
    for value in letter.proofs:
        said = [" ".join(part.split()).casefold() for part in _REMARK.sub(" ", value).split(";")]
        if said[0].split(" ")[0] == server.casefold():
            return any(part.replace(" ", "").startswith("dmarc=pass") for part in said[1:])
    return False


def _automatic(message: EmailMessage) -> bool:
    said = str(message.get("Auto-Submitted", "no")).strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    marks = any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
    return said != "no" or precedence in _BY_MACHINES or marks or message.get_content_type() == "multipart/report"


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = _decoded(part)[:TEXT_MOST]
    return _from_html(text) if part.get_content_type() == "text/html" else text


def _decoded(part: MIMEPart) -> str:
    """The text of a part, also when its character set is a lie."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _files(message: EmailMessage) -> list[Attached]:
    """What was attached; pictures inside the text are signatures, as a rule."""
    found: list[Attached] = []
    for count, part in enumerate(message.walk()):
        if count > PARTS_MOST:
            break
        name = part.get_filename()
        if part.is_multipart() or part.get_content_disposition() != "attachment" or not name:
            continue
        payload = part.get_payload(decode=True)
        found.append(Attached(name, payload if isinstance(payload, bytes) else b""))
    return found


def own_text(text: str) -> str:
    """What the writer added: above the history, or, where they wrote below it, every line that is not quoted.

    The library's shorter form would also take away lists and closing lines, which are part of what was said.
    """
    kept = (letter for letter in text.replace("\r\n", "\n").replace("\r", "\n") if letter >= " " or letter in "\n\t")
    plain = "".join(kept).replace(_MARK, "")
    short, long = _shortened(plain)
    parts = EmailReplyParser(languages=_LANGUAGES).read(short).replies
    first = _unsigned(_unquoted(parts[0].full_body or "")) if parts else ""
    return _MARKED.sub(lambda mark: long[int(mark[1])], first) or _unsigned(_unquoted("\n".join(plain.split("\n")[1:])))


def _shortened(plain: str) -> tuple[str, list[str]]:
    """The text as the search for history bears it, and the long lines that its marks stand for."""
    lines: list[str] = []
    long: list[str] = []
    gap = size = 0
    for line in plain.split("\n"):
        bare = line.strip()
        gap = 0 if bare else gap + 1
        if gap > 2:
            continue
        if len(bare) > LINE_MOST and not bare.startswith(">"):
            long.append(line.rstrip())
            line = f"{_MARK}{len(long) - 1}{_MARK}"
        size += len(line) + 1
        if size > SEARCHED_MOST:
            break
        lines.append(line if len(line) <= LINE_MOST else bare[:LINE_MOST])
    return "\n".join(lines), long


def _unquoted(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))


def _unsigned(text: str) -> str:
    """Without what stands below the line of two hyphens, and what a telephone adds."""
    kept: list[str] = []
    for line in text.strip().split("\n"):
        if line.rstrip() == "--":
            break
        if not line.strip().lower().startswith(_SENT_FROM):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()


class _Text(HTMLParser):
    """Lines of a page; history in quotations, and what nobody reads, left out."""

    VOID: Final = frozenset(
        {"br", "hr", "img", "meta", "link", "input", "area", "base", "col", "embed", "source", "track", "wbr"}
    )
    HIDDEN: Final = frozenset({"style", "script", "head", "title", "blockquote"})
    LINES: Final = frozenset({"p", "div", "tr", "li", "h1", "h2", "h3", "h4", "ul", "ol", "table"})

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or tag in self.LINES:
            self.text.append("\n")
        if tag not in self.VOID:
            marks = " ".join(value or "" for name, value in attrs if name in ("class", "id"))
            self._open.append(tag in self.HIDDEN or "gmail_quote" in marks or "divRplyFwdMsg" in marks)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.LINES:
            self.text.append("\n")
        if tag not in self.VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.text.append(" ".join(data.split("\n")))


def _uncommented(page: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := page.find("<!--", at)) >= 0 and (end := page.find("-->", start + 4)) >= 0:
        kept.append(page[at:start])
        at = end + 3
    return "".join(kept) + page[at:].replace("<!--", "")


def _from_html(page: str) -> str:
    reader = _Text()
    reader.feed(_UNCLOSED.sub("&lt;", _DECLARED.sub("", _uncommented(page[:PAGE_MOST]))))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()
