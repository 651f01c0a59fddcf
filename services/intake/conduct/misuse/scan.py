"""Looking at reports that were filed: alone they say little, beside others they can show a pattern.

It is done from the tables, some time after: filing pays nothing for it, and reviewers take longer than that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.conduct.misuse import normal_forms, signals, traces
from services.intake.conduct.misuse.signals import Limits
from services.intake.conduct.misuse.traces import Trace
from services.intake.finding import informs
from shared.contracts.codes import AbuseSignal, ReasonCode
from shared.contracts.events import ReporterSuspected, ReportSuspected
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.contracts.things import Finding
from shared.runtime.outbox import record

AGAIN_DAYS = 7
"""A pattern that goes on is brought to the desk once in so many days."""

MOST = 2000
"""Reports that are looked at in one transaction."""

_TAKE_TURN = text("""
INSERT INTO looked_at AS l (report_id) VALUES ('') ON CONFLICT (one) DO UPDATE SET report_id = l.report_id
RETURNING report_id
""")
_MOVE_ON = text("UPDATE looked_at SET report_id = :report_id")
# Ids are made in the order of time, so that following them follows the table as it grows.
_NEXT = text("""
SELECT r.id, r.account_id, r.right_id, r.explanation, r.signature, r.contact->>'email' AS email, r.created_at,
       i.items, i.explanations
FROM reports r CROSS JOIN LATERAL (
    SELECT array_agg(id ORDER BY id) AS items,
           array_agg(DISTINCT explanation) FILTER (WHERE explanation IS NOT NULL) AS explanations
    FROM report_items WHERE report_id = r.id
) i
WHERE r.id > :after AND r.created_at <= :until ORDER BY r.id LIMIT :most
""")
_LATE = text("""
SELECT i.report_id, i.id, i.listing_id, r.registered_on
FROM report_items i JOIN known_listings k USING (marketplace, listing_id) JOIN rights r ON r.id = i.right_id
WHERE i.report_id = ANY(CAST(:ids AS text[])) AND r.registered_on > CAST(k.listed_at AT TIME ZONE 'UTC' AS date)
ORDER BY i.id
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


@dataclass(frozen=True)
class Seen:
    """A signal in a report: what to say of it, whose pattern it is, and which accounts take part in it."""

    signal: AbuseSignal
    message: str
    subject: str
    accounts: Sequence[str]


@dataclass
class Suspected:
    """A report with what was seen in it. `late` are those items whose listings are older than the right."""

    report: Any
    seen: list[Seen] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


async def scan_reports(session: AsyncSession, *, limits: Limits, settle: timedelta, now: datetime) -> int:
    """Take in what the next reports left, and tell what looks like misuse: one replica at a time, so none is missed.

    `settle` is longer than filing takes, so that no report can still become visible behind one that was looked at.
    The number of reports that were looked at.
    """
    connection = await session.connection()
    after = (await connection.execute(_TAKE_TURN)).scalar_one()
    reports = list(await connection.execute(_NEXT, {"after": after, "until": now - settle, "most": MOST}))
    if not reports:
        return 0
    await connection.execute(_MOVE_ON, {"report_id": reports[-1].id})
    left = {report.id: list(_traces(report)) for report in reports}
    every = [trace for found in left.values() for trace in found]
    await traces.leave(session, every, now)
    since = now - timedelta(days=limits.days)
    found = await traces.seen(session, (trace.key for trace in every if trace.kind in _TRACED), since)
    rates = await traces.rates(session, (trace for trace in every if trace.kind == traces.HOUR), now)
    late = await _late(connection, [report.id for report in reports])
    for report in reports:
        suspected = Suspected(report)
        for trace in left[report.id]:
            if trace.kind == traces.HOUR:
                _beside_itself(suspected, rates[trace.account_id, trace.trace], limits)
            elif trace.key in found:
                _beside_others(suspected, trace, found[trace.key], limits)
        _after_listing(suspected, late.get(report.id, []))
        await _tell(session, suspected, now)
    return len(reports)


def _traces(report: Any) -> Iterator[Trace]:
    account, items = report.account_id, len(report.items)
    yield Trace(traces.HOUR, traces.hour_of(report.created_at), account, items=items)
    for trace in {normal_forms.text_trace(told) for told in (report.explanation, *(report.explanations or ()))}:
        if trace is not None:
            yield Trace("explanation", trace, account, report.right_id, items)
    people = (
        ("signature", normal_forms.name_trace(report.signature)),
        ("contact", normal_forms.email_trace(report.email or "")),
    )
    for kind, trace in people:
        if trace is not None:
            yield Trace(kind, trace, account)


def _beside_itself(suspected: Suspected, rate: traces.Rate, limits: Limits) -> None:
    if signals.is_burst(rate, limits):
        account = suspected.report.account_id
        message = f"The account filed {rate.now} items in this hour, and {rate.before} in all the time before it."
        suspected.seen.append(Seen(AbuseSignal.BURST, message, account, [account]))


def _beside_others(suspected: Suspected, trace: Trace, seen: traces.Seen, limits: Limits) -> None:
    signal = _TRACED[trace.kind]
    if signal is AbuseSignal.CLONED_EXPLANATION:
        if signals.is_cloned(seen, limits):
            message = f"The same explanation stands under {seen.rights} rights of {len(seen.accounts)} accounts."
            suspected.seen.append(Seen(signal, message, trace.trace, seen.accounts))
    elif signals.is_shared(seen, limits):
        what = "signature" if signal is AbuseSignal.SHARED_SIGNATURE else "contact address"
        message = f"{len(seen.accounts)} accounts file under this {what}."
        suspected.seen.append(Seen(signal, message, trace.trace, seen.accounts))


def _after_listing(suspected: Suspected, late: Sequence[Any]) -> None:
    if late:
        suspected.late = [row.id for row in late]
        ids = signals.told([row.listing_id for row in late])
        message = f"The right was registered on {late[0].registered_on}, after these appeared: {ids}."
        report = suspected.report
        suspected.seen.append(Seen(AbuseSignal.LATE_RIGHT, message, report.right_id, [report.account_id]))


async def _late(connection: Any, report_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in await connection.execute(_LATE, {"ids": list(report_ids)}):
        found.setdefault(row.report_id, []).append(row)
    return found


async def _tell(session: AsyncSession, suspected: Suspected, now: datetime) -> None:
    """Record suspicions: reviewers read them with the report, the desk gets a pattern once in a while."""
    if not suspected.seen:
        return
    by_signal = {seen.signal: seen for seen in reversed(suspected.seen)}
    items = suspected.late if by_signal.keys() == {AbuseSignal.LATE_RIGHT} else suspected.report.items
    report_id = ReportId(suspected.report.id)
    event = ReportSuspected(
        version=1,
        report_id=report_id,
        item_ids=[ItemId(item_id) for item_id in items],
        signals=sorted(by_signal),
        findings=[_finding(by_signal[signal]) for signal in sorted(by_signal)],
    )
    record(session, event, now=now)
    for seen in suspected.seen:
        values = {
            "signal": seen.signal.value, "subject": seen.subject, "now": now, "again": now - timedelta(days=AGAIN_DAYS)
        }  # fmt: skip
        if (await (await session.connection()).execute(_RAISE, values)).first() is not None:
            raised = ReporterSuspected(
                version=1,
                signal=seen.signal,
                accounts=[AccountId(account) for account in seen.accounts],
                report_id=report_id,
                reason=seen.message,
                suspected_at=now,
            )
            record(session, raised, now=now)


def _finding(seen: Seen) -> Finding:
    code, pointer, fix = _SAYS[seen.signal]
    return informs(code, seen.message, pointer, fix)
