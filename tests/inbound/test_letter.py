"""What is taken from an e-mail: what its writer added, and nothing of the history."""

from email.message import EmailMessage

import pytest

from exchange.inbound.letter import own_text, read

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
