"""The mail server that mails are handed to, whether it takes them, and how many wait for it."""

import asyncio
import contextlib
import time
from email.message import EmailMessage

import aiosmtplib
from prometheus_client import Gauge

from services.notify.mail import statements
from services.notify.settings import NotifySettings
from shared.runtime.context import Service
from shared.runtime.loops import forever

_waiting = Gauge("marque_mails_waiting", "Mails that wait for the mail server")
_oldest = Gauge("marque_mails_oldest_seconds", "Age of the oldest mail that waits; 0 where none does")
_SEND_SECONDS = 30
_MEASURE_SECONDS = 5.0
_GREET_SECONDS = 5.0
_TROUBLE_SECONDS = 15.0
_OF_ONE_MAIL = (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError)
"""Refusals of one mail by a server that works."""


class MailServer:
    """The mail server of the settings. `/readyz` asks it, as the check `mail`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings: NotifySettings = service.settings
        host, _, port = str(self._settings.mail_server).rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._failing_since: float | None = None
        self._error = ""
        self._unreachable = False
        self._count = 0

    async def hand_in(self, message: EmailMessage, recipient: str) -> None:
        """Give it one mail. Raises what aiosmtplib does, and OSError."""
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                sender=settings.mail_from,
                recipients=[recipient],
                hostname=self._host,
                port=self._port,
                username=settings.mail_user,
                password=settings.mail_password.get_secret_value() if settings.mail_password else None,
                use_tls=settings.mail_security == "tls",
                start_tls=settings.mail_security == "starttls",
                timeout=_SEND_SECONDS,
            )
        except _OF_ONE_MAIL:
            self._failing_since = None
            raise
        except (aiosmtplib.SMTPException, OSError) as error:
            self._failing_since = self._failing_since or time.monotonic()
            self._error = type(error).__name__
            self._unreachable = isinstance(error, OSError)
            raise
        self._failing_since = None

    async def __call__(self) -> str | None:
        """Name why no mail leaves, where the server has taken none for some time."""
        if self._failing_since is None or (failing := time.monotonic() - self._failing_since) < _TROUBLE_SECONDS:
            return None
        return f"the mail server has taken no mail for {failing:.0f} s ({self._error}); {self._count} wait"

    async def run(self) -> None:
        """Measure what waits, until cancelled."""

        async def pause() -> None:
            await asyncio.sleep(_MEASURE_SECONDS)

        await forever("waiting mails", self.step, pause=pause)

    async def step(self) -> bool:
        """Measure once; where mails could not be handed in, see whether the server is back."""
        async with self._service.database.pool.acquire(timeout=5) as connection:
            self._count, oldest = await statements.WAITING_MAIL.one(connection)
        _waiting.set(self._count)
        _oldest.set(0 if oldest is None else max(0.0, (self._service.clock.now() - oldest).total_seconds()))
        if self._failing_since is not None and (self._count == 0 or (self._unreachable and await self._greets())):
            self._failing_since = None
        return False

    async def _greets(self) -> bool:
        """Return whether it opens a session (RFC 5321, section 3.1); under TLS, whether it can be reached."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_GREET_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    return self._settings.mail_security == "tls" or (await reader.readline()).startswith(b"220")
                finally:
                    writer.close()
        return False
