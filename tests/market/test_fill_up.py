"""What `exchange up` does besides starting everything: the port, and the mailbox of a machine without a mail server."""

import smtplib
import socket
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from exchange import up
from exchange.mailbox import Mailbox


async def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    """The answer names the port and the way out, the exit status is 1, and no data directory is made."""
    said = StringIO()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        console = Console(file=said, width=200)
        status = await up.run(demo=False, sandbox=False, port=port, data=tmp_path / "data", console=console)
    assert status == 1
    assert f"port {port} is not free" in said.getvalue()
    assert "--port" in said.getvalue()
    assert not (tmp_path / "data").exists()


def test_a_message_becomes_a_file(tmp_path: Path) -> None:
    """The mailbox keeps what it is sent under the reader's name, whatever stands in that name."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@exchange.example", "b@buyer.example", "Một đơn hàng mới"
    message.set_content("Xin chào")
    with Mailbox(tmp_path) as mailbox, smtplib.SMTP("127.0.0.1", urlsplit(mailbox.url).port or 0) as client:
        client.send_message(message)
        client.sendmail("a@exchange.example", ["../../b@buyer.example"], b"Subject: x\r\n\r\nhello\r\n")
    kept = sorted(path.name[37:] for path in tmp_path.iterdir())
    assert kept == ["....b@buyer.example.eml", "b@buyer.example.eml"]
