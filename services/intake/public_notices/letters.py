"""Letters to a notifier: intake says what a letter is about, and notify words and sends it.

What a stranger may not read, the address, the private link and the facts, leaves intake sealed for notify alone. The
token of a link is drawn here and kept as a hash.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.public_notices import notice_words, statements, status
from services.intake.public_notices.errors import NoticeNotFound
from services.intake.public_notices.hashes import hash_of
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports.notifiers import write_to
from shared.contracts.codes import ItemState
from shared.contracts.events import NoticeLetter, NoticeMailCalledOff, NoticeMailRequested
from shared.contracts.ids import NoticeId
from shared.runtime.outbox import record
from shared.runtime.sealing import Sealer
from shared.runtime.statements import Executor

_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Letters:
    """Has letters sent. One for each process that takes notices."""

    sealer: Sealer
    public_url: str
    key: bytes

    async def request(self, session: AsyncSession, payload: Mapping[str, Any], *, now: datetime) -> None:
        """Have the letter of a job sent, unless it would say nothing any more or nobody is left to read it."""
        letter = NoticeLetter(payload["letter"])
        version = await _next_version(session, payload["notice_id"], now)
        try:
            notice = await status.find_notice(session, payload["notice_id"])
        except NoticeNotFound:
            return
        if notice.email is None:
            return
        language = notice_words.language_of(notice.language)
        kind = "confirm" if letter is NoticeLetter.CONFIRM else "status"
        token = secrets.token_urlsafe(32)
        mail = notice_words.facts(
            letter, language=language, recipient=notice.email, note=notice.note,
            link=f"{self.public_url}/v1/public/notices/{kind}?language={language}&token={token}",
            items=await status.items_of(session, notice),
        )  # fmt: skip
        if mail is None:
            return
        kept = {"hash": hash_of(self.key, kind, token), "notice_id": notice.id, "kind": kind}
        await statements.KEEP_TOKEN.run(session, **kept)
        event = NoticeMailRequested(
            version=version, notice_id=NoticeId(notice.id), letter=letter, language=language,
            sealed=self.sealer.seal(mail.model_dump(mode="json")), requested_at=now,
        )  # fmt: skip
        record(session, event, now=now)


async def call_off_questions(session: AsyncSession, notice: PublicNotice, *, now: datetime) -> None:
    """Where nothing is asked any more, no letter has to ask it: one may still wait for the mail server."""
    await session.flush()
    version = await _next_version(session, notice.id, now)
    items = await status.items_of(session, notice)
    if not any(item["state"] == ItemState.NEEDS_INFORMATION for item in items):
        called_off = [NoticeLetter.QUESTION, NoticeLetter.REMINDER]
        event = NoticeMailCalledOff(version=version, notice_id=NoticeId(notice.id), letters=called_off)
        record(session, event, now=now)


async def take_over(connection: Executor, *, now: datetime) -> int:
    """Have the letters sent that wait where a process of before has put them; how many these were."""
    rows = sorted(await statements.TAKE_WAITING_MAIL.all(connection), key=lambda row: row.id)
    for row in rows:
        await write_to(connection, [row.notice_id], NoticeLetter(row.letter), now=now)
    return len(rows)


async def _next_version(session: AsyncSession, notice_id: str, now: datetime) -> int:
    """Count one more letter about a notice, which is locked until the end; 0 where there is none."""
    microseconds = int(now.timestamp() * _MICROSECONDS)
    return await statements.NEXT_LETTER.first(session, notice_id=notice_id, microseconds=microseconds) or 0
