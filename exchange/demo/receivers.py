"""The world outside during the demo: a mailbox and a partner's web server, both real and on loopback."""

import asyncio
import email
import email.policy
import socket
from email.message import EmailMessage
from typing import Any

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from exchange.embedded.local import free_port


class Mailbox:
    """An SMTP server that keeps every message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.messages.append(email.message_from_bytes(content, policy=email.policy.default))
        return "250 OK"

    def __enter__(self) -> "Mailbox":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[str]:
        """The subjects that arrived for one address."""
        return [str(message["subject"]) for message in self.messages if address in str(message["to"])]

    def texts(self, address: str) -> list[str]:
        """The plain text of what arrived for one address."""
        bodies = [message.get_body(("plain",)) for message in self.messages if address in str(message["to"])]
        return [body.get_content() for body in bodies if body is not None]


class Hooks:
    """A partner's web server: takes webhooks, verifies each with the standardwebhooks package, keeps what is genuine."""

    def __init__(self) -> None:
        self.genuine: list[dict[str, Any]] = []
        self.forged = 0
        self.secret = ""
        self._socket = socket.create_server(("127.0.0.1", 0))  # kept from now on: others may be told of its port
        self.port: int = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/exchange"

    async def __aenter__(self) -> "Hooks":
        self._server = await asyncio.start_server(self._serve, sock=self._socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            try:
                Webhook(self.secret).verify(body, headers)
            except WebhookVerificationError:
                self.forged += 1
                writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            else:
                self.genuine.append(msgspec.json.decode(body))
                writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a caller that went away is its own affair
        finally:
            writer.close()

    def types(self) -> list[str]:
        return [str(item["type"]) for item in self.genuine]
