"""A reporter's standing: read by the reporter, looked after by the operator."""

from typing import Annotated

from fastapi import Header, Path, Response

from services.conduct.resources import CurrentService
from services.conduct.standing import published_terms, record, reporters, sanctions
from services.conduct.standing.factors import Act
from services.conduct.standing.schemas import (
    ReinstatementIn,
    SanctionOut,
    StandingOut,
    SuspensionIn,
    TermsOut,
    WarningIn,
)
from services.conduct.standing.terms import Terms
from shared.contracts.codes import Scope
from shared.contracts.ids import AccountId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import PreconditionFailed
from shared.runtime.etags import etag
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.routes import Session, router

routes = router(tags=["standing"])

Reading = Annotated[Caller, requires(Scope.REPORTS_READ)]
Looking = Annotated[Caller, operator(Scope.REPORTS_READ)]
Acting = Annotated[Caller, operator(Scope.REPORTS_WRITE)]
TheReporter = Annotated[AccountId, Path(description="The reporter's account")]


@routes.get("/v1/standing", summary="Read one's own standing", operation_id="read_standing")
async def read_standing(caller: Reading, session: Session, service: CurrentService, now: Now) -> StandingOut:
    """Outcomes of the caller's recent report items, the tier by them, what it grants, and what would change it."""
    return StandingOut.of(await record.record_of(session, caller.account_id, prior=service.resources.prior, now=now))


@routes.get(
    "/v1/standing/tiers",
    summary="Read the terms of standing",
    operation_id="read_standing_terms",
    dependencies=[requires(Scope.REPORTS_READ)],
)
async def read_standing_terms(session: Session, response: Response) -> TermsOut:
    """Requirements and grants of each tier, and when misuse is warned of (DSA Art. 23(4)): the same for everyone."""
    return _out(await published_terms.terms_in_force(session), response)


@routes.put(
    "/v1/standing/tiers",
    summary="Change the terms of standing",
    operation_id="change_standing_terms",
    responses=problems.responses(PreconditionFailed),
)
async def change_standing_terms(
    body: Terms,
    caller: Acting,
    session: Session,
    response: Response,
    now: Now,
    if_match: Annotated[str, Header(alias="If-Match", max_length=64, description="The version that these replace")],
) -> TermsOut:
    """Publish other terms. They hold for everyone from now on, and every earlier version is kept."""
    changed = await published_terms.change_terms(
        session, body, if_match=if_match, account_id=caller.account_id, now=now
    )
    return _out(changed, response)


@routes.get(
    "/v1/standing/{account_id}",
    summary="Read a reporter's standing",
    operation_id="read_reporter_standing",
    dependencies=[operator(Scope.REPORTS_READ)],
    responses=problems.responses(reporters.ReporterNotFound),
)
async def read_reporter_standing(
    account_id: TheReporter, session: Session, service: CurrentService, now: Now
) -> StandingOut:
    """The standing of any reporter, as the reporter itself reads it."""
    known = await reporters.require_reporter(session, account_id)
    return StandingOut.of(await record.record_of(session, known, prior=service.resources.prior, now=now))


@routes.post(
    "/v1/standing/{account_id}/warnings",
    summary="Warn a reporter",
    operation_id="warn_reporter",
    status_code=201,
    responses=problems.responses(reporters.ReporterNotFound, sanctions.NoMisuse),
)
async def warn_reporter(
    account_id: TheReporter, body: WarningIn, caller: Acting, session: Session, now: Now
) -> SanctionOut:
    """Warn a reporter of unfounded notices. It is told why; further misuse can lead to its suspension."""
    known = await reporters.require_reporter(session, account_id)
    act = Act(body.reason, body.gravity, body.intent, caller.account_id)
    return SanctionOut.of(await sanctions.warn(session, known, act, now=now))


@routes.post(
    "/v1/standing/{account_id}/suspensions",
    summary="Suspend a reporter",
    operation_id="suspend_reporter",
    status_code=201,
    responses=problems.responses(
        reporters.ReporterNotFound, sanctions.NotWarned, sanctions.NoMisuse, sanctions.AlreadySuspended
    ),
)  # fmt: skip
async def suspend_reporter(
    account_id: TheReporter, body: SuspensionIn, caller: Acting, session: Session, now: Now
) -> SanctionOut:
    """Take no more reports from a reporter for a time. It must have been warned; what it has open goes on.

    The answer says `effective: false`: reports are refused a few seconds later, and the reporter's standing then says
    so.
    """
    known = await reporters.require_reporter(session, account_id)
    act = Act(body.reason, body.gravity, body.intent, caller.account_id)
    return SanctionOut.of(await sanctions.suspend(session, known, act, days=body.days, now=now), effective=False)


@routes.post(
    "/v1/standing/{account_id}/reinstate",
    summary="Reinstate a reporter",
    operation_id="reinstate_reporter",
    dependencies=[operator(Scope.REPORTS_WRITE)],
    responses=problems.responses(reporters.ReporterNotFound, sanctions.NotSuspended),
)
async def reinstate_reporter(account_id: TheReporter, body: ReinstatementIn, session: Session, now: Now) -> SanctionOut:
    """End a suspension before its time."""
    known = await reporters.require_reporter(session, account_id)
    return SanctionOut.of(await sanctions.reinstate(session, known, body.reason, now=now))


def _out(terms: published_terms.Published, response: Response) -> TermsOut:
    response.headers["ETag"] = etag(terms.version)
    return TermsOut(version=terms.version, changed_at=terms.changed_at, terms=terms.terms)
