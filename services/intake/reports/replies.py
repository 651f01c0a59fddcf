"""How a reporter answers a question about a report, in time or after its items were closed for want of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.evidence.references import use
from services.intake.reports.notifiers import open_again
from services.intake.reports.progress import LockedReport, chosen, lock_report, move, settle
from services.intake.reports.states import ItemStep
from services.intake.reports.tables import Report, ReportItem
from shared.contracts.events import ReportInformationProvided, ReportReopened
from shared.contracts.ids import EvidenceId, ItemId, ReportId
from shared.runtime.errors import Conflict
from shared.runtime.outbox import record


class NothingAsked(Conflict):
    """Nobody waits for information about these items."""

    code = "nothing_asked"
    title = "No information is asked for"


class NothingToReopen(Conflict):
    """No item was closed for want of an answer."""

    code = "nothing_to_reopen"
    title = "Nothing is closed for want of an answer"


class ReopeningOver(Conflict):
    """The time in which an item can be reopened is over."""

    code = "reopening_over"
    title = "The time to reopen it is over"


class WithdrawalUnderWay(Conflict):
    """The reporter asked to take the item back, so that an answer about it is no longer asked for."""

    code = "withdrawal_requested"
    title = "The withdrawal of the item is under way"


class ReportedAnew(Conflict):
    """The listing was reported anew, under the same right, since the item was closed."""

    code = "reported_anew"
    title = "The listing has been reported anew since"


@dataclass(frozen=True)
class Reply:
    """A reporter's answer to a reviewer's question: about these items, or all that it can be about."""

    item_ids: Sequence[ItemId] | None
    explanation: str
    evidence_ids: Sequence[EvidenceId] = ()


async def provide_information(
    session: AsyncSession, report_id: ReportId, reply: Reply, *, account_id: str, now: datetime
) -> Report:
    """Answer what a reviewer asked. Raises `ReportNotFound`, `Invalid`, `NothingAsked`, `WithdrawalUnderWay`."""
    locked = await _open_for(reply, session, report_id, account_id=account_id, now=now)
    items = _answerable(locked, reply.item_ids, ItemStep.INFORM)
    if not items:
        raise NothingAsked("Information can be given about items that are in needs_information.")
    return await _reply(session, locked, items, reply, ItemStep.INFORM, ReportInformationProvided)


async def reopen(session: AsyncSession, report_id: ReportId, reply: Reply, *, account_id: str, now: datetime) -> Report:
    """Answer what a reviewer asked after the items were closed for want of an answer.

    Raises `ReportNotFound`, `Invalid`, `NothingToReopen`, `ReopeningOver`, `ReportedAnew`, `WithdrawalUnderWay`.
    """
    locked = await _open_for(reply, session, report_id, account_id=account_id, now=now)
    items = _answerable(locked, reply.item_ids, ItemStep.REOPEN)
    if not items:
        raise NothingToReopen("Only items that are closed can be reopened.")
    late = [item for item in items if item.reopen_until is None or item.reopen_until < now]
    if late:
        raise ReopeningOver(f"The item {late[0].id} could be reopened until {late[0].reopen_until:%Y-%m-%dT%H:%M:%SZ}.")
    try:
        report = await _reply(session, locked, items, reply, ItemStep.REOPEN, ReportReopened)
    except IntegrityError as error:
        raise ReportedAnew("Follow the report that is open, or withdraw the item there first.") from error
    await open_again(session, report_id)
    return report


async def _open_for(
    reply: Reply, session: AsyncSession, report_id: ReportId, *, account_id: str, now: datetime
) -> LockedReport:
    """Hold the report that a reply is about, and keep the evidence that it brings."""
    locked = await lock_report(session, report_id, now=now, account_id=account_id)
    await use(
        session, {f"/evidence_ids/{place}": one for place, one in enumerate(reply.evidence_ids)},
        account_id=locked.account_id, used_by=locked.report_id, right_id=locked.report.right_id, now=now,
    )  # fmt: skip
    return locked


async def _reply(
    session: AsyncSession,
    locked: LockedReport,
    items: Sequence[ReportItem],
    reply: Reply,
    step: ItemStep,
    told_as: type[ReportInformationProvided | ReportReopened],
) -> Report:
    for item in items:
        move(session, locked, item, step, note=reply.explanation)
    event = told_as(
        version=locked.next_version(),
        report_id=locked.report_id,
        account_id=locked.account_id,
        item_ids=[ItemId(item.id) for item in items],
        explanation=reply.explanation,
        evidence_ids=list(reply.evidence_ids),
    )
    record(session, event, now=locked.now)
    await settle(session, [locked])
    return locked.report


def _answerable(locked: LockedReport, item_ids: Sequence[ItemId] | None, step: ItemStep) -> list[ReportItem]:
    """Return the items meant that can take the step. Raises `Invalid`, `WithdrawalUnderWay`."""
    able = chosen(locked, item_ids, step)
    leaving = [item for item in able if item.withdrawal_requested_at is not None]
    if leaving and (item_ids is not None or len(leaving) == len(able)):
        raise WithdrawalUnderWay(f"You asked to withdraw {leaving[0].id}; an answer about it is not needed any more.")
    return [item for item in able if item.withdrawal_requested_at is None]
