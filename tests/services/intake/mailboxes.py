"""A mail server on loopback for the tests, which can be taken away and comes back on the same port."""

import asyncio
import email
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from deploy.local.ports import free_port

_TOKEN = re.compile(r"/v1/public/notices/(confirm|status)\?language=(\w\w)&token=([A-Za-z0-9_-]+)")


class MailServer:
    """What it was handed, oldest first. While `refuses` is set it answers every mail with that."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[tuple[list[str], EmailMessage]] = []
        self.refuses: str | None = None
        self.refused = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refuses is not None:
            self.refused += 1
            return self.refuses
        message = email.message_from_bytes(envelope.content, policy=default)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"

    def tokens(self, kind: str) -> list[str]:
        """The tokens of one kind that came, oldest first."""
        return [
            found[3]
            for _, message in self.messages
            for found in _TOKEN.finditer(message.get_content())
            if found[1] == kind
        ]

    def until(self, kind: str, count: int = 1) -> Callable[[], Any]:
        async def came() -> list[str] | None:
            tokens = self.tokens(kind)
            return tokens if len(tokens) >= count else None

        return came


@asynccontextmanager
async def mail_server(port: int | None = None, handler: MailServer | None = None) -> AsyncIterator[MailServer]:
    """A server that takes mail."""
    own = handler or MailServer(port or free_port())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(own, hostname="localhost", loop=loop), "127.0.0.1", own.port)
    try:
        yield own
    finally:
        server.close()
        await server.wait_closed()
