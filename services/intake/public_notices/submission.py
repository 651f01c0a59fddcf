"""Taking a notice: it is examined, counted against its addresses, and kept until its notifier confirms it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.public_notices import statements
from services.intake.public_notices.errors import TooManyNotices
from services.intake.public_notices.hashes import account_of, hash_of, mailbox
from services.intake.public_notices.notice_body import NoticeIn, as_report
from services.intake.public_notices.statements import NoticesTaken
from services.intake.reports.filing import ReportBlocked, case_of
from services.intake.reports.findings import blocking, items, notice
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.notifiers import write_to
from shared.contracts.events import NoticeLetter
from shared.contracts.ids import NoticeId
from shared.contracts.things import Finding
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.statements import Connection, Query

_RULES = (*items.RULES, *notice.RULES)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Notices of one network address in an hour, of one e-mail address in a day; hours that a link is good for."""

    per_address: int
    per_email: int
    hours: int


@dataclass(frozen=True)
class Taken:
    """A notice that waits for its confirmation."""

    id: NoticeId
    findings: list[Finding]


@dataclass(frozen=True)
class Taker:
    """Takes notices by the rules of every report that need no right."""

    marketplaces: Marketplaces
    limits: Limits
    key: bytes

    async def take(self, connection: Connection, body: NoticeIn, *, address: str, now: datetime) -> Taken:
        """Keep a notice, and have its confirmation asked for by mail; both are of the caller's transaction.

        Raises `TooManyNotices`, and `ReportBlocked` where something speaks against the notice.
        """
        limits, key = self.limits, self.key
        case = case_of(as_report(body), None, marketplaces=self.marketplaces, now=now)
        findings = [finding for rule in _RULES for finding in rule(case)]
        if blocking(findings):
            raise ReportBlocked(findings)
        email_hash = hash_of(key, "email", mailbox(body.contact.email))
        address_hash = hash_of(key, "address", address)
        for one in sorted((email_hash.hex(), address_hash.hex())):  # in one order, so that no two wait for each other
            await Lock.NOTICE_SENDER.take(connection, one)
        await _spend(connection, statements.TAKEN_FROM_ADDRESS, address_hash, limits.per_address, _HOUR, now)
        await _spend(connection, statements.TAKEN_FROM_EMAIL, email_hash, limits.per_email, _DAY, now)
        notice_id = new_id(NoticeId)
        listings = [
            {"marketplace": marketplace, "listing_id": listing_id}
            for marketplace, listing_id in filter(None, case.listings)
        ]
        await statements.ADD_NOTICE.run(
            connection, id=notice_id, account_id=account_of(key, body.contact.email), email=body.contact.email,
            email_hash=email_hash, address_hash=address_hash, language=body.language, body=body.model_dump(mode="json"),
            listings=listings, now=now, expires_at=now + timedelta(hours=limits.hours),
        )  # fmt: skip
        await write_to(connection, [notice_id], NoticeLetter.CONFIRM, now=now)
        return Taken(notice_id, findings)


async def _spend(
    connection: Connection, count: Query[NoticesTaken], whose: bytes, most: int, window: timedelta, now: datetime
) -> None:
    taken = await count.one(connection, hash=whose, since=now - window, most=most)
    if taken.number >= most and taken.oldest is not None:
        raise TooManyNotices(max(1, int((taken.oldest + window - now).total_seconds()) + 1))
