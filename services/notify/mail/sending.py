"""Sending letters: each is a job, which ends once the mail server has taken it, or after some days in vain.

What a letter says waits sealed, as it came: a copy of the queue opens nothing.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import aiosmtplib
from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.mail import letters, statements
from services.notify.mail.letters import Letter
from services.notify.mail.server import MailServer
from services.notify.settings import NotifySettings
from shared.contracts.events import NoticeLetter, NoticeMailCalledOff, NoticeMailRequested
from shared.contracts.things import NoticeMail
from shared.runtime.jobs import Again, Priority, Work, enqueue
from shared.runtime.sealing import Opener

MAIL = "mail"
"""The kind of job that sends one letter. Its key begins with the notice and the letter."""

_log = logging.getLogger(__name__)
_mails = Counter("marque_mails", "Mails by what became of the attempt to send them", ["result"])
_LONGEST_PAUSE = timedelta(hours=1)
_REMEMBERED = timedelta(days=90)
_SAYS_ALL = {
    NoticeLetter.REMINDER: [NoticeLetter.QUESTION],
    NoticeLetter.CLOSED: [NoticeLetter.QUESTION, NoticeLetter.REMINDER],
    NoticeLetter.WITHDRAWN: [NoticeLetter.QUESTION, NoticeLetter.REMINDER, NoticeLetter.CLOSED],
    NoticeLetter.OUTCOME: [NoticeLetter.QUESTION, NoticeLetter.REMINDER, NoticeLetter.CLOSED],
}
"""Letters after which others that still wait would say nothing any more."""


async def queue_mail(session: AsyncSession, requested: NoticeMailRequested, *, now: datetime) -> None:
    """Have a letter sent, in the transaction of its event, unless it was called off by one that came before it."""
    said = dict.fromkeys(_SAYS_ALL.get(requested.letter, []), requested.version)
    held = await _call_off(session, requested.notice_id, {**said, requested.letter: 0}, now)
    if held[requested.letter] > requested.version:
        _mails.labels("called_off").inc()
        return
    key = f"{requested.notice_id}/{requested.letter.value}/{requested.version}"
    payload = requested.model_dump(mode="json", exclude={"version"})
    await enqueue(session, MAIL, payload, key=key, priority=Priority.URGENT, now=now)


async def call_off(session: AsyncSession, called_off: NoticeMailCalledOff, *, now: datetime) -> None:
    """Send none of these letters that were asked for before, also where the event that asks for one comes later."""
    versions = dict.fromkeys(called_off.letters, called_off.version)
    await _call_off(session, called_off.notice_id, versions, now)


async def _call_off(
    session: AsyncSession, notice_id: str, versions: Mapping[NoticeLetter, int], now: datetime
) -> dict[NoticeLetter, int]:
    """Up to which version each of these letters is called off now. They are held until the end, all at once."""
    of = {
        "notice_id": notice_id, "letters": [letter.value for letter in versions], "versions": list(versions.values()),
    }  # fmt: skip
    rows = await statements.HOLD_LETTERS.all(session, **of, now=now)
    ended = await statements.CANCEL_MAIL.run(session, **of)
    _mails.labels("called_off").inc(ended)
    return {NoticeLetter(row.letter): row.version for row in rows}


async def forget_letters(session: AsyncSession, now: datetime) -> None:
    """Drop what was called off so long ago that no event can still ask for it."""
    await statements.FORGET_LETTERS.run(session, before=now - _REMEMBERED)


async def send_mail(work: Work, server: MailServer, opener: Opener, settings: NotifySettings) -> None:
    """Hand a letter to the mail server. Where that fails, it is due again later.

    A process that dies before the end is written down leaves it to be sent again. Raises `CannotOpen`.
    """
    payload = work.job.payload
    mail = NoticeMail.model_validate(opener.open(payload["sealed"]))
    letter = letters.write(
        NoticeLetter(payload["letter"]), mail, notice_id=payload["notice_id"], language=payload["language"]
    )
    try:
        await server.hand_in(_message(settings, letter, mail.recipient, work.job.key or "", payload), mail.recipient)
    except (aiosmtplib.SMTPException, OSError) as error:
        await _put_off(work, settings, error)
        return
    async with work.effect():
        pass
    _mails.labels("sent").inc()


def _message(
    settings: NotifySettings, letter: Letter, recipient: str, key: str, payload: dict[str, Any]
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromisoformat(payload["requested_at"]))
    host = settings.mail_from.rpartition("@")[2]
    message["Message-ID"] = f"<{key.replace('/', '.')}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice is answered
    message["Content-Language"] = letter.language
    message.set_content(letter.text)
    return message


async def _put_off(work: Work, settings: NotifySettings, error: Exception) -> None:
    """Try again after as long as it has waited so far, or give up (RFC 5321, section 4.5.4.1: after 4 or 5 days)."""
    age = max(work.clock.now() - work.job.created_at, timedelta(0))
    over = age > timedelta(days=settings.mail_days)
    pause = min(max(age, timedelta(seconds=settings.mail_retry_seconds)), _LONGEST_PAUSE)
    async with work.direct() as connection:
        await (work.end(connection) if over else work.again(connection, Again(after=pause)))
    _mails.labels("given_up" if over else "put_off").inc()
    _log.warning("mail %s %s: %s", work.job.id, "is given up" if over else "waits", type(error).__name__)
