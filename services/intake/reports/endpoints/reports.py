"""Reports: looked at before, filed, followed."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from services.intake.accounts.limits import LimitReached
from services.intake.reports import reports
from services.intake.reports.endpoints.fast_path import FastPath
from services.intake.reports.endpoints.schemas import PreflightOut, TimelineOut
from services.intake.reports.errors import ReportNotFound
from services.intake.reports.filing import ReportBlocked
from services.intake.reports.findings import blocking
from services.intake.reports.report_body import ReportIn
from services.intake.reports.schemas import ReportInFullOut, ReportOut, ReportSummaryOut
from services.intake.reports.sender import Sender
from services.intake.resources import CurrentService
from shared.contracts.codes import Claim, ReportState, Scope
from shared.contracts.ids import ReportId, RightId
from shared.runtime import idempotency, problems
from shared.runtime.etags import etag
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Line
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["reports"])
filing_routes = router(tags=["reports"], transactional=False)
filing_routes.route_class = FastPath
examining_routes = router(tags=["reports"], transactional=False)

Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
Reading = Annotated[Caller, requires(Scope.REPORTS_READ)]
TheReport = Annotated[ReportId, Path(description="The report's id")]


@filing_routes.post(
    "/v1/reports",
    summary="File a report",
    operation_id="file_report",
    status_code=201,
    response_model=ReportOut,
    responses=problems.responses(
        LimitReached, idempotency.KeyInUse, ReportBlocked, idempotency.KeyInvalid, idempotency.KeyReused
    ),
)
async def file_report(body: ReportIn, request: Request, caller: Reporting, service: CurrentService) -> Response:
    """File a notice about one right, naming 1 to 500 listings.

    Once this is answered, the report is durable and on its way to review. Findings that inform or warn come back in it;
    findings that speak against it are answered with 422 `report_blocked`, and nothing is stored.
    """
    coalescer = service.resources.filing
    key = await idempotency.key_of(request, caller.client_id)
    answer = await coalescer.file(body, _sender(caller, key))
    if isinstance(answer, idempotency.StoredAnswer):
        return idempotency.replay(key, answer)
    return Response(answer.body, status_code=answer.status, media_type="application/json")


@examining_routes.post(
    "/v1/reports/preflight",
    summary="Look at a report before it is filed",
    operation_id="preflight_report",
    dependencies=[Depends(idempotency.checked)],
    responses=problems.responses(idempotency.KeyInvalid),
)
async def preflight_report(body: ReportIn, caller: Reporting, service: CurrentService) -> PreflightOut:
    """The findings that filing this report would have, and whether it would be taken. Nothing is stored."""
    coalescer = service.resources.filing
    findings = await coalescer.examine(body, _sender(caller, None))
    return PreflightOut.model_validate({"findings": findings[:1000], "would_be_accepted": not blocking(findings)})


@routes.get(
    "/v1/reports", summary="List reports", operation_id="list_reports", responses=problems.responses(CursorInvalid)
)
async def list_reports(
    paging: Paged,
    caller: Reading,
    session: Session,
    state: Annotated[
        list[ReportState] | None, Query(max_length=20, description="Only reports in one of these states")
    ] = None,
    right_id: Annotated[RightId | None, Query(description="Only reports under this right")] = None,
    reference: Annotated[
        Line | None, Query(max_length=128, description="Only reports with this number of your own")
    ] = None,
    claim: Annotated[
        list[Claim] | None, Query(max_length=20, description="Only reports with one of these claims")
    ] = None,
) -> Page[ReportSummaryOut]:
    """The account's reports, newest first; the operator sees everyone's."""
    wanted = reports.Wanted(states=state, right_id=right_id, reference=reference, claims=claim)
    found, cursor = await reports.list_reports(session, wanted, account_id=_whose(caller), paging=paging)
    return Page(data=[ReportSummaryOut.model_validate(report) for report in found], next_cursor=cursor)


@routes.get(
    "/v1/reports/{report_id}",
    summary="Read a report",
    operation_id="read_report",
    responses=problems.responses(ReportNotFound),
)
async def read_report(report_id: TheReport, caller: Reading, session: Session, response: Response) -> ReportInFullOut:
    """A report with its items, as it was filed and as it stands."""
    report, items = await reports.find_report(session, report_id, account_id=_whose(caller))
    response.headers["ETag"] = etag(report.version)
    return reports.in_full(report, items)


@routes.get(
    "/v1/reports/{report_id}/timeline",
    summary="Follow a report",
    operation_id="read_report_timeline",
    responses=problems.responses(ReportNotFound, CursorInvalid),
)
async def read_report_timeline(
    report_id: TheReport, paging: Paged, caller: Reading, session: Session
) -> Page[TimelineOut]:
    """Everything that happened to a report and its items, oldest first."""
    entries, cursor = await reports.timeline(session, report_id, account_id=_whose(caller), paging=paging)
    return Page(data=[TimelineOut.model_validate(entry) for entry in entries], next_cursor=cursor)


def _whose(caller: Caller) -> str | None:
    """Whose reports the caller sees: its own; the operator everyone's."""
    return None if caller.is_operator else caller.account_id


def _sender(caller: Caller, key: idempotency.Key | None) -> Sender:
    return Sender(
        caller.client_id,
        caller.account_id,
        caller.kind,
        caller.trusted_flagger,
        key.value if key else None,
        key.fingerprint if key else None,
    )
