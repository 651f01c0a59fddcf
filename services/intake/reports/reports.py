"""Reports as they are read: listed, in full, and as a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports.errors import ReportNotFound
from services.intake.reports.schemas import ReportInFullOut
from services.intake.reports.states import withdrawal_of
from services.intake.reports.tables import Report, ReportItem, TimelineEntry
from shared.contracts.codes import Claim, ItemState, ReportState
from shared.contracts.ids import ReportId, RightId
from shared.runtime.pagination import Paging, among, paginate


@dataclass(frozen=True)
class Wanted:
    """Which reports a list is of."""

    states: Sequence[ReportState] | None = None
    right_id: RightId | None = None
    reference: str | None = None
    claims: Sequence[Claim] | None = None


async def list_reports(
    session: AsyncSession, wanted: Wanted, *, account_id: str | None, paging: Paging
) -> tuple[list[Report], str | None]:
    """A page of an account's reports, newest first; of everyone's where no account is named."""
    statement = select(Report)
    statement = among(among(statement, Report.state, wanted.states), Report.claim, wanted.claims)
    asked = {"account_id": account_id, "right_id": wanted.right_id, "reference": wanted.reference}
    for name, value in asked.items():
        if value is not None:
            statement = statement.where(getattr(Report, name) == str(value))
    return await paginate(session, statement, Report.id, paging)


async def find_report(
    session: AsyncSession, report_id: ReportId, *, account_id: str | None
) -> tuple[Report, list[ReportItem]]:
    """A report of an account with its items, in the order in which they were named. Raises `ReportNotFound`."""
    report = await owned_report(session, report_id, account_id=account_id)
    items = select(ReportItem).where(ReportItem.report_id == report_id).order_by(ReportItem.id)
    return report, list(await session.exec(items))


async def owned_report(session: AsyncSession, report_id: ReportId, *, account_id: str | None) -> Report:
    """A report of an account; of any account where none is named. Raises `ReportNotFound`."""
    report = await session.get(Report, report_id)
    if report is None or (account_id is not None and report.account_id != account_id):
        raise ReportNotFound
    return report


async def timeline(
    session: AsyncSession, report_id: ReportId, *, account_id: str | None, paging: Paging
) -> tuple[list[TimelineEntry], str | None]:
    """A page of what happened to a report, oldest first. Raises `ReportNotFound`."""
    await owned_report(session, report_id, account_id=account_id)
    statement = select(TimelineEntry).where(TimelineEntry.report_id == report_id)
    if paging.after is not None:
        statement = statement.where(TimelineEntry.seq > int(paging.after))  # type: ignore[operator]
    rows = list(await session.exec(statement.order_by(TimelineEntry.seq).limit(paging.limit + 1)))  # type: ignore[arg-type]
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return rows, paging.cursor(str(rows[-1].seq)) if more else None


def in_full(report: Report, items: Sequence[ReportItem]) -> ReportInFullOut:
    """A report as its reporter reads it."""
    expected = [item.expected_decision_at for item in items if item.expected_decision_at is not None]
    return ReportInFullOut.model_validate(
        {
            **report.model_dump(),
            "items": [_item_in_full(item) for item in items],
            "expected_decision_at": max(expected, default=None),
        }
    )


def _item_in_full(item: ReportItem) -> dict[str, Any]:
    return {**item.model_dump(), "withdrawal": withdrawal_of(ItemState(item.state), item.withdrawal_requested_at)}
