"""What is taken from an e-mail: what its writer added, and nothing of the history."""

import time
from email.message import EmailMessage

import pytest

from exchange.inbound.letter import own_text, proved, read

SAID = "Giao sáng thứ năm.\n- 2 thùng A\n- 3 thùng B\n\nTrân trọng,\nLan"
GMAIL_VI = (
    "\n\nVào Th 2, 23 thg 11, 2026 vào lúc 20:13 Exchange <reply+abc@exchange.example> đã\nviết:\n\n> Tin nhắn mới\n> Xin chào\n"
)
GMAIL_EN = "\n\nOn Mon, Nov 23, 2026 at 8:13 PM Exchange <reply+abc@exchange.example>\nwrote:\n\n> New message\n"
OUTLOOK_VI = (
    "\n\nTừ: Exchange <reply+a@b.example>\nĐã gửi: Thứ Hai, 23 tháng Mười Một 2026\nTới: Lan\nChủ đề: Tin nhắn\n\nXin chào\n"
)
OUTLOOK_EN = (
    "\n\nFrom: Exchange <reply+a@b.example>\nSent: Monday, November 23, 2026 8:13 PM\nTo: Lan\nSubject: Message\n\nHello\n"
)
GERMAN = "\n\nAm Mo., 23. Nov. 2026 um 20:13 Uhr schrieb Exchange <reply+a@b.example>:\n\n> Neue Nachricht\n"


@pytest.mark.parametrize("history", ["", GMAIL_VI, GMAIL_EN, OUTLOOK_VI, OUTLOOK_EN, GERMAN, "\n\n-- \nLan\n0912 345 678\n"])
def test_history_and_signature_go_and_all_that_was_said_stays(history: str) -> None:
    """Lists and closing lines are part of what was said."""
    assert own_text((SAID + history).replace("\n", "\r\n")) == SAID


def test_what_stands_below_the_history_is_kept() -> None:
    """Some people answer at the bottom."""
    assert (
        own_text("On Mon, Nov 23, 2026 Exchange <a@b.example> wrote:\n> New message\n\nThursday is fine.") == "Thursday is fine."
    )


def test_a_page_becomes_its_lines() -> None:
    """Without scripts, styles and quotations; a character set that does not exist harms nobody."""
    page = (
        "<html><head><style>p{}</style></head><body><p>Giao <b>thứ năm</b><br>lúc 9 giờ</p>"
        "<div class='gmail_quote'>Vào ngày … viết:<blockquote>cũ</blockquote></div><script>x()</script></body></html>"
    )
    message = EmailMessage()
    message.set_content(page, subtype="html")
    assert read(message.as_bytes()).text == "Giao thứ năm\nlúc 9 giờ"
    assert read(message.as_bytes().replace(b"utf-8", b"no-such")).text.startswith("Giao")
    assert read(b"\xff\x00 no mail at all").files == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("Auto-Submitted", "auto-replied"), ("Precedence", "bulk"), ("X-Autoreply", "yes"), ("Auto-Submitted", "no")],
)
def test_a_machine_is_known(name: str, value: str) -> None:
    """Out-of-office answers, lists and loops; a person's mail may say that it is none."""
    message = EmailMessage()
    message[name] = value
    message.set_content("Tôi nghỉ phép")
    assert read(message.as_bytes()).automatic == (value != "no")


HARMFUL = {
    "a long first line": b"\n\nhello\nV\xc3\xa0o " + b"a " * 60_000,
    "many of them": b"\n\nhello\n" + (b"On " + b"a " * 90 + b"\n") * 1_000,
    "empty lines": b"\n\nhello\n" + b"\n" * 100_000 + b"x",
    "tags without end": b"Content-Type: text/html\n\n<p>hello</p>" + b"<a " * 60_000,
    "comments without end": b"Content-Type: text/html\n\n<p>hello</p>" + b"<!--a>" * 30_000,
    "a header of parameters": b"Content-Type: text/plain; " + b"a*0=b; " * 60_000 + b"\n\nhello",
    "parts in parts": b"Content-Type: message/rfc822\n\n" * 3_000 + b"hello",
}


@pytest.mark.parametrize("name", HARMFUL)
def test_no_letter_holds_the_mail_server_up(name: str) -> None:
    """Each took minutes or more, or fell over, for a few kilobytes; what can be read is read, also a paragraph in one line."""
    began = time.process_time()
    letter = read(HARMFUL[name])
    assert time.process_time() - began < 5
    assert letter.text.startswith("hello") or name == "parts in parts"


def test_a_paragraph_in_one_line_stays_whole() -> None:
    """Mail programs break lines, telephones do not."""
    said = "Chúng tôi giao hàng. " * 200
    assert own_text(f"{said}\n\nOn Mon, Nov 23, 2026 Exchange <a@b.example> wrote:\n> New message") == said.strip()


def test_who_wrote_it_is_one_address_that_our_own_server_has_checked() -> None:
    """Several names, none, and a line that came with the letter say nothing."""
    message = EmailMessage()
    message["Authentication-Results"] = "mx.exchange.example 1; spf=pass; dmarc=pass (p=reject) header.from=b.example"
    message["Authentication-Results"] = "mx.elsewhere.example; dmarc=pass"
    message["From"] = "Lan (kho) <Lan@b.example>"
    letter = read(message.as_bytes())
    assert letter.sender == "Lan@b.example"
    assert (proved(letter, "MX.exchange.example"), proved(letter, "mx.other.example")) == (True, False)
    assert not proved(
        read(b"Authentication-Results: mx.a; dmarc=fail\n" + b"Authentication-Results: mx.a; dmarc=pass\n\nx"), "mx.a"
    )
    for several in (b"From: a@b.example, c@d.example", b"From: a@b.example\nFrom: a@b.example", b"Subject: x", b"From: ()"):
        assert read(several + b"\n\nText").sender == ""
