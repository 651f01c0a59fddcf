"""Looking at reports that were filed: alone they say little, beside others they can show a pattern.

It is done some time after: filing pays nothing for it, and reviewers take longer than that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.misuse import signals, statements, traces
from services.conduct.misuse.signals import Limits
from services.conduct.misuse.traces import Trace
from shared.contracts.codes import AbuseSignal, FindingSeverity, ReasonCode
from shared.contracts.events import ReporterSuspected, ReportSuspected
from shared.contracts.events.conduct import TracedReport
from shared.contracts.ids import AccountId, ItemId
from shared.contracts.things import Finding
from shared.runtime.locks import Lock
from shared.runtime.outbox import record

AGAIN_DAYS = 7
"""A pattern that goes on is brought to the desk once in so many days."""

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
    """A report with what was seen in it."""

    report: TracedReport
    seen: list[Seen] = field(default_factory=list)


async def look_at(session: AsyncSession, reports: Sequence[TracedReport], *, limits: Limits, now: datetime) -> None:
    """Take in what reports left, and tell what looks like misuse: one replica at a time, so that none is missed."""
    await Lock.SUSPICIONS.take(session)
    left = {report.report_id: list(_traces(report)) for report in reports}
    every = [trace for found in left.values() for trace in found]
    await traces.leave(session, every, now)
    since = now - timedelta(days=limits.days)
    found = await traces.seen(session, (trace.key for trace in every if trace.kind in _TRACED), since)
    rates = await traces.rates(session, (trace for trace in every if trace.kind == traces.HOUR), now)
    for report in reports:
        suspected = Suspected(report)
        for trace in left[report.report_id]:
            if trace.kind == traces.HOUR:
                _beside_itself(suspected, rates[trace.account_id, trace.trace], limits)
            elif trace.key in found:
                _beside_others(suspected, trace, found[trace.key], limits)
        _after_listing(suspected)
        await _tell(session, suspected, now)


def _traces(report: TracedReport) -> Iterator[Trace]:
    account, items = report.account_id, len(report.item_ids)
    yield Trace(traces.HOUR, traces.hour_of(report.submitted_at), account, items=items)
    for trace in report.explanations:
        yield Trace("explanation", trace, account, report.right_id, items)
    if report.signature is not None:
        yield Trace("signature", report.signature, account)
    if report.contact is not None:
        yield Trace("contact", report.contact, account)


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


def _after_listing(suspected: Suspected) -> None:
    if late := suspected.report.late:
        ids = signals.listed([item.listing_id for item in late])
        message = f"The right was registered on {late[0].registered_on}, after these appeared: {ids}."
        report = suspected.report
        suspected.seen.append(Seen(AbuseSignal.LATE_RIGHT, message, report.right_id, [report.account_id]))


async def _tell(session: AsyncSession, suspected: Suspected, now: datetime) -> None:
    """Record suspicions: reviewers read them with the report, the desk gets a pattern once in a while."""
    if not suspected.seen:
        return
    by_signal = {seen.signal: seen for seen in reversed(suspected.seen)}
    report = suspected.report
    late = [item.item_id for item in report.late]
    items = late if by_signal.keys() == {AbuseSignal.LATE_RIGHT} else report.item_ids
    event = ReportSuspected(
        version=1,
        report_id=report.report_id,
        item_ids=[ItemId(item_id) for item_id in items],
        signals=sorted(by_signal),
        findings=[_finding(by_signal[signal]) for signal in sorted(by_signal)],
    )
    record(session, event, now=now)
    for seen in suspected.seen:
        values = {
            "signal": seen.signal.value, "subject": seen.subject, "now": now, "again": now - timedelta(days=AGAIN_DAYS)
        }  # fmt: skip
        if await statements.RAISE_SUSPICION.first(session, **values) is not None:
            raised = ReporterSuspected(
                version=1,
                signal=seen.signal,
                accounts=[AccountId(account) for account in seen.accounts],
                report_id=report.report_id,
                reason=seen.message,
                suspected_at=now,
            )
            record(session, raised, now=now)


def _finding(seen: Seen) -> Finding:
    code, pointer, fix = _SAYS[seen.signal]
    return Finding(code=code, severity=FindingSeverity.INFORMS, message=seen.message, pointer=pointer, fix=fix)
