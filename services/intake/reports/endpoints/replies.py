"""Acts of a reporter on a filed report."""

from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from services.intake.reports import replies, reports, withdrawals
from services.intake.reports.errors import ReportNotFound
from services.intake.reports.report_body import Evidence
from services.intake.reports.schemas import ReportInFullOut
from shared.contracts.codes import Scope
from shared.contracts.ids import ItemId, ReportId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid
from shared.runtime.etags import etag
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Input, Prose
from shared.runtime.routes import Session, router

routes = router(tags=["reports"])
Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
SomeItems = Annotated[list[ItemId], Field(min_length=1, max_length=500)]


class WithdrawalIn(Input):
    """The items to withdraw: some, or all that are open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"item_ids": ["itm_01j9zq4m2te5rv8c3kx7w0nh6b"]}]})

    item_ids: SomeItems | None = None


class InformationIn(Input):
    """The answer to a reviewer's question, about some items or about all that were asked about."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"explanation": "The seam is glued; ours is sewn, as the photo shows."}]}
    )

    item_ids: SomeItems | None = None
    explanation: Annotated[Prose, Field(min_length=1, max_length=10_000)]
    evidence_ids: Evidence = []

    def reply(self) -> replies.Reply:
        return replies.Reply(self.item_ids, self.explanation, self.evidence_ids)


@routes.post(
    "/v1/reports/{report_id}/withdraw",
    summary="Withdraw a report",
    operation_id="withdraw_report",
    status_code=202,
    responses=problems.responses(ReportNotFound, withdrawals.ItemsClosed, Invalid),
)
async def withdraw_report(
    report_id: ReportId, body: WithdrawalIn, caller: Reporting, session: Session, now: Now, response: Response
) -> ReportInFullOut:
    """Ask to take back a report, or some of its items.

    Review orders this against judgements. Items that leave review undecided become `withdrawn`
    (`marque.report.withdrawn.v1`). Where a decision came first it stands: the item says `withdrawal: too_late`
    (`marque.report.withdrawal_refused.v1`). What is decided already is refused: ask the marketplace for a reversal.
    """
    await withdrawals.request_withdrawal(session, report_id, body.item_ids, account_id=caller.account_id, now=now)
    return await _answer(session, report_id, caller, response)


@routes.post(
    "/v1/reports/{report_id}/information",
    summary="Provide information",
    operation_id="provide_information",
    responses=problems.responses(ReportNotFound, replies.NothingAsked, replies.WithdrawalUnderWay, Invalid),
)
async def provide_information(
    report_id: ReportId, body: InformationIn, caller: Reporting, session: Session, now: Now, response: Response
) -> ReportInFullOut:
    """Answer what a reviewer asked about items in `needs_information`; they go back to review."""
    await replies.provide_information(session, report_id, body.reply(), account_id=caller.account_id, now=now)
    return await _answer(session, report_id, caller, response)


@routes.post(
    "/v1/reports/{report_id}/reopen",
    summary="Reopen closed items",
    operation_id="reopen_report",
    responses=problems.responses(
        ReportNotFound,
        replies.NothingToReopen,
        replies.ReopeningOver,
        replies.ReportedAnew,
        replies.WithdrawalUnderWay,
        Invalid,
    ),
)
async def reopen_report(
    report_id: ReportId, body: InformationIn, caller: Reporting, session: Session, now: Now, response: Response
) -> ReportInFullOut:
    """Answer a question whose time had passed, so that the items were closed: they go back to review."""
    await replies.reopen(session, report_id, body.reply(), account_id=caller.account_id, now=now)
    return await _answer(session, report_id, caller, response)


async def _answer(session: Session, report_id: ReportId, caller: Caller, response: Response) -> ReportInFullOut:
    report, items = await reports.find_report(session, report_id, account_id=caller.account_id)
    response.headers["ETag"] = etag(report.version)
    return reports.in_full(report, items)
