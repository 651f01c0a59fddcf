"""The background work of mail: what is to be sent waits in the database, and leaves it once the server has taken it.

A mail is claimed for a minute, sent, and struck off; a process that dies in between leaves it to be sent again. Tokens
are drawn for each attempt and never stored, so that the queue holds nothing that opens a notice.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import aiosmtplib
from prometheus_client import Counter

from services.intake.public_notices import mails, status
from services.intake.public_notices.hashes import hash_of
from services.intake.public_notices.mail_server import MailServer
from services.intake.settings import Settings
from shared.runtime.context import Service
from shared.runtime.loops import end, forever

_log = logging.getLogger(__name__)
_mails = Counter("marque_mails", "Mails by what became of the attempt to send them", ["result"])
_POLL_SECONDS = 1.0
_CLAIMED_FOR = timedelta(seconds=60)
_LONGEST_PAUSE = 3600.0
_CLAIM = """
UPDATE mails SET due_at = $2, tries = tries + 1 WHERE id = (
    SELECT id FROM mails WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, notice_id, letter, tries, created_at
"""
_TOKEN = "INSERT INTO public_notice_tokens (hash, notice_id, kind) VALUES ($1, $2, $3)"  # noqa: S105 - a statement
_SENT = "DELETE FROM mails WHERE id = $1"
_LATER = "UPDATE mails SET due_at = $2, error = $3 WHERE id = $1"


@dataclass(frozen=True)
class Claimed:
    """A mail that is being sent."""

    id: int
    tries: int
    created_at: datetime
    recipient: str
    message: EmailMessage | None
    """None where what it was to say is not so any more."""


@asynccontextmanager
async def mails_at_work(service: Service[Settings], woken: asyncio.Event) -> AsyncIterator[None]:
    """Send what waits, as long as a mail server is set."""
    settings = service.settings
    if settings.mail_server is None:
        yield
        return

    async def step() -> bool:
        woken.clear()
        return await send_next(service, server)

    async def pause() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await woken.wait()

    server = service.checks["mail"] = MailServer(service)
    tasks = [asyncio.create_task(forever("mails", step, pause=pause)), asyncio.create_task(server.run())]
    try:
        yield
    finally:
        await end(tasks)


async def send_next(service: Service[Settings], server: MailServer) -> bool:
    """Send one mail that is due; whether there was one."""
    settings = service.settings
    claimed = await _claim(service, settings)
    if claimed is None:
        return False
    try:
        if claimed.message is not None:
            await server.hand_in(claimed.message, claimed.recipient)
    except (aiosmtplib.SMTPException, OSError) as error:
        await _put_off(service, settings, claimed, error)
        return True
    async with service.database.direct() as connection:
        await connection.execute(_SENT, claimed.id)
    _mails.labels("sent" if claimed.message is not None else "pointless").inc()
    return True


async def _claim(service: Service, settings: Settings) -> Claimed | None:
    now = service.clock.now()
    async with service.database.direct() as connection:
        row = await connection.fetchrow(_CLAIM, now, now + _CLAIMED_FOR)
        if row is None:
            return None
        kind = "confirm" if row["letter"] == "confirm" else "status"
        token = secrets.token_urlsafe(32)
        await connection.execute(_TOKEN, hash_of(service.cursor_key, kind, token), row["notice_id"], kind)
    async with service.database.transaction() as session:
        notice = await status.find_notice(session, row["notice_id"])
        items = await status.items_of(session, notice)
    language = mails.language_of(notice.language)
    letter = mails.write(
        row["letter"], language=language, notice_id=notice.id, items=items, note=notice.note,
        link=f"{settings.public_url}/v1/public/notices/{kind}?language={language}&token={token}",
    )  # fmt: skip
    message = None if letter is None else _message(settings, letter, str(notice.email), row)
    return Claimed(row["id"], row["tries"], row["created_at"], str(notice.email), message)


def _message(settings: Settings, letter: mails.Letter, recipient: str, row: Any) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(row["created_at"])
    host = settings.mail_from.rpartition("@")[2]
    message["Message-ID"] = f"<{row['notice_id']}.{row['letter']}.{row['id']}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice is answered
    message["Content-Language"] = letter.language
    message.set_content(letter.text)
    return message


async def _put_off(service: Service, settings: Settings, claimed: Claimed, error: Exception) -> None:
    """Try again later, or give up (RFC 5321, section 4.5.4.1: after four or five days)."""
    now = service.clock.now()
    over = now - claimed.created_at > timedelta(days=settings.mail_days)
    pause = min(settings.mail_retry_seconds * 2.0 ** min(claimed.tries - 1, 20), _LONGEST_PAUSE)
    async with service.database.direct() as connection:
        if over:
            await connection.execute(_SENT, claimed.id)
        else:
            await connection.execute(_LATER, claimed.id, now + timedelta(seconds=pause), type(error).__name__)
    _mails.labels("given_up" if over else "put_off").inc()
    _log.warning("mail %s %s: %s", claimed.id, "is given up" if over else "waits", type(error).__name__)
