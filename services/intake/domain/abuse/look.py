"""Looking at reports that were filed: alone they say little, beside others they can show a pattern."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.abuse import signals, traces, words
from services.intake.domain.abuse.signals import Limits
from services.intake.domain.abuse.traces import Trace
from services.intake.domain.findings.model import informs
from shared.contracts.codes import AbuseSignal, ReasonCode
from shared.contracts.events import ReporterSuspected, ReportSubmitted, ReportSuspected
from shared.contracts.ids import AccountId
from shared.contracts.things import Finding
from shared.runtime.outbox import record

AGAIN_DAYS = 7
"""A pattern that goes on is brought to the desk once in so many days."""

_HELD = text("SELECT pg_advisory_xact_lock(7317)")
_PEOPLE = text("""
SELECT id, signature, contact->>'email' AS email FROM reports WHERE id = ANY(CAST(:ids AS text[]))
""")
_LISTED = text("""
SELECT marketplace, listing_id, listed_at FROM known_listings WHERE (marketplace, listing_id) IN (
    SELECT * FROM unnest(CAST(:marketplaces AS text[]), CAST(:listings AS text[]))
)
""")
_RAISE = text("""
INSERT INTO suspicions AS s (signal, subject, raised_at) VALUES (:signal, :subject, :now)
ON CONFLICT (signal, subject) DO UPDATE SET raised_at = excluded.raised_at WHERE s.raised_at < :again
RETURNING signal
""")
_TRACED = {
    "explanation": AbuseSignal.CLONED_EXPLANATION,
    "signature": AbuseSignal.SHARED_SIGNATURE,
    "contact": AbuseSignal.SHARED_CONTACT,
}
_SAYS: dict[AbuseSignal, tuple[ReasonCode, str, str]] = {
    AbuseSignal.BURST: (ReasonCode.R_MANIFESTLY_UNFOUNDED, "", "See whether the notices were written by a person."),
    AbuseSignal.CLONED_EXPLANATION: (
        ReasonCode.R_MANIFESTLY_UNFOUNDED, "/explanation", "See whether it is true of this listing at all."),
    AbuseSignal.SHARED_SIGNATURE: (
        ReasonCode.R_IMPERSONATION, "/signature", "See whether this person may act for each of them."),
    AbuseSignal.SHARED_CONTACT: (
        ReasonCode.R_IMPERSONATION, "/contact/email", "See whether these accounts are one and the same."),
    AbuseSignal.LATE_RIGHT: (
        ReasonCode.R_MANIFESTLY_UNFOUNDED, "/right_id", "See who used the sign first, and why it was registered."),
}  # fmt: skip


@dataclass
class Suspected:
    """A report with what was seen in it: the signal, a sentence, whose pattern it is, and who takes part in it."""

    report: ReportSubmitted
    items: set[str] = field(default_factory=set)
    seen: list[tuple[AbuseSignal, str, str, Sequence[str]]] = field(default_factory=list)

    def add(self, signal: AbuseSignal, message: str, subject: str, accounts: Sequence[str]) -> None:
        self.seen.append((signal, message, subject, accounts))


async def look(session: AsyncSession, reports: Sequence[ReportSubmitted], *, limits: Limits, now: datetime) -> None:
    """Take in what these reports left, and tell what looks like misuse: one replica at a time, so none is missed."""
    connection = await session.connection()
    await connection.execute(_HELD)
    people = {row.id: row for row in await connection.execute(_PEOPLE, {"ids": [one.report_id for one in reports]})}
    left = {report.report_id: list(_traces(report, people.get(report.report_id), now)) for report in reports}
    every = [trace for found in left.values() for trace in found]
    await traces.leave(session, every, now)
    found = await traces.seen(
        session, (one.key for one in every if one.kind in _TRACED), now - timedelta(days=limits.days)
    )
    rates = await traces.rates(session, (report.account_id for report in reports), now)
    listed = await _listed(connection, reports)
    for report in reports:
        suspected = Suspected(report)
        for trace in left[report.report_id]:
            _beside_others(suspected, trace, found.get(trace.key), limits)
        rate = rates.get(report.account_id)
        if rate is not None and signals.is_burst(rate, limits):
            message = f"The account filed {rate.now} items in this hour, and {rate.before} in all the time before it."
            suspected.add(AbuseSignal.BURST, message, report.account_id, [report.account_id])
        _after_listing(suspected, listed)
        await _tell(session, suspected, now)


def _traces(report: ReportSubmitted, person: Any, now: datetime) -> Iterator[Trace]:
    account, right, items = report.account_id, report.right.id, len(report.items)
    yield Trace("hour", traces.hour_of(now), account, items=items)
    own = {text for item in report.items if item.explanation and (text := words.text_trace(item.explanation))}
    for trace in own | {words.text_trace(report.explanation)}:
        if trace is not None:
            yield Trace("explanation", trace, account, right, items)
    if person is not None:
        for kind, trace in (
            ("signature", words.name_trace(person.signature)), ("contact", words.email_trace(person.email or "")),
        ):  # fmt: skip
            if trace is not None:
                yield Trace(kind, trace, account)


def _beside_others(suspected: Suspected, trace: Trace, seen: traces.Seen | None, limits: Limits) -> None:
    if seen is None:
        return
    signal = _TRACED[trace.kind]
    if signal is AbuseSignal.CLONED_EXPLANATION:
        if signals.is_cloned(seen, limits):
            message = f"The same explanation stands under {seen.rights} rights of {len(seen.accounts)} accounts."
            suspected.add(signal, message, trace.trace, seen.accounts)
    elif signals.is_shared(seen, limits):
        what = "signature" if signal is AbuseSignal.SHARED_SIGNATURE else "contact address"
        suspected.add(signal, f"{len(seen.accounts)} accounts file under this {what}.", trace.trace, seen.accounts)


def _after_listing(suspected: Suspected, listed: dict[tuple[str, str], datetime]) -> None:
    report = suspected.report
    late = [
        item
        for item in report.items
        if (at := listed.get((item.listing.marketplace, item.listing.listing_id))) is not None
        and signals.is_late(report.right.registered_on, at)
    ]
    if late:
        ids = [item.listing.listing_id for item in late]
        message = (
            f"The right was registered on {report.right.registered_on}, after these appeared: {signals.told(ids)}."
        )
        suspected.add(AbuseSignal.LATE_RIGHT, message, report.right.id, [report.account_id])
        suspected.items.update(item.item_id for item in late)


async def _listed(connection: Any, reports: Sequence[ReportSubmitted]) -> dict[tuple[str, str], datetime]:
    places = sorted({(i.listing.marketplace, i.listing.listing_id) for report in reports for i in report.items})
    values = {"marketplaces": [place[0] for place in places], "listings": [place[1] for place in places]}
    return {(row.marketplace, row.listing_id): row.listed_at for row in await connection.execute(_LISTED, values)}


async def _tell(session: AsyncSession, suspected: Suspected, now: datetime) -> None:
    """What reviewers are to read goes with the report; the desk hears of a pattern once in a while."""
    if not suspected.seen:
        return
    report = suspected.report
    by_signal: dict[AbuseSignal, str] = defaultdict(str)
    for signal, message, _, _ in suspected.seen:
        by_signal[signal] = by_signal[signal] or message
    alone = suspected.items if by_signal.keys() == {AbuseSignal.LATE_RIGHT} else None
    event = ReportSuspected(
        version=1,
        report_id=report.report_id,
        item_ids=[item.item_id for item in report.items if alone is None or item.item_id in alone],
        signals=list(by_signal),
        findings=[_finding(signal, message) for signal, message in by_signal.items()],
    )
    record(session, event, now=now)
    for signal, message, subject, accounts in suspected.seen:
        values = {"signal": signal.value, "subject": subject, "now": now, "again": now - timedelta(days=AGAIN_DAYS)}
        if (await (await session.connection()).execute(_RAISE, values)).first() is not None:
            raised = ReporterSuspected(
                version=1,
                signal=signal,
                accounts=[AccountId(account) for account in accounts],
                report_id=report.report_id,
                reason=message,
                suspected_at=now,
            )
            record(session, raised, now=now)


def _finding(signal: AbuseSignal, message: str) -> Finding:
    code, pointer, fix = _SAYS[signal]
    return informs(code, message, pointer, fix)
