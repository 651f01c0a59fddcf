"""The escalation desk."""

from typing import Annotated

from fastapi import Query, Response

from services.escalation.escalations import escalations
from services.escalation.escalations.escalations import AlreadyAcknowledged, AlreadyResolved, AnswerRequired
from services.escalation.escalations.notices import NoticeNotDecided
from services.escalation.escalations.schemas import (
    AcknowledgeIn,
    AssignIn,
    EscalationDetailOut,
    EscalationIn,
    EscalationOut,
    MissedOut,
    ResolveIn,
    StepOut,
)
from services.escalation.escalations.tables import Escalation, HistoryEntry
from shared.contracts.codes import AccountKind, EscalationKind, EscalationState, Scope, Severity
from shared.contracts.events.escalations import ClockKind
from shared.contracts.ids import EscalationId, ItemId, ReportId
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Line
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session
from shared.runtime.routes import router as make_router
from shared.runtime.service import Now

router = make_router(tags=["escalations"])

Reader = Annotated[
    Caller, requires(Scope.ESCALATIONS_READ, AccountKind.MARKETPLACE, AccountKind.REGULATOR, AccountKind.BRAND)
]
Raiser = Annotated[
    Caller,
    requires(Scope.ESCALATIONS_MANAGE, AccountKind.MARKETPLACE, AccountKind.REGULATOR, shown_to=[AccountKind.BRAND]),
]
Manager = Annotated[Caller, operator(Scope.ESCALATIONS_MANAGE)]

_INSIDE = ("task_id", "listing", "raised_by", "assignee", "acknowledged_by", "resolved_by", "resolution", "answer")


def _hidden_from(caller: Caller, escalation: Escalation) -> tuple[str, ...]:
    """A reporter learns that its report is with the desk and what became of it, not what the desk writes."""
    if caller.is_operator or escalation.raised_by == caller.account_id:
        return ()
    if escalation.kind is EscalationKind.CLOCK_MISSED:
        return _INSIDE
    alone = escalation.account_ids == [caller.account_id]
    return (*_INSIDE, "reason", *(() if alone else ("report_id", "item_id")))


def _fields(escalation: Escalation, caller: Caller) -> dict[str, object]:
    return {**escalation.model_dump(), **dict.fromkeys(_hidden_from(caller, escalation))}


def _out(escalation: Escalation, caller: Caller) -> EscalationOut:
    return EscalationOut.model_validate(_fields(escalation, caller))


def _step_out(entry: HistoryEntry, hidden: bool) -> StepOut:
    kept = {"by": None, "note": None} if hidden else {}
    return StepOut.model_validate({**entry.model_dump(), **kept})


@router.get(
    "/v1/escalations",
    operation_id="list_escalations",
    response_model=Page[EscalationOut],
    responses=responses(NotFound, CursorInvalid),
)
async def list_escalations(
    paging: Paged,
    session: Session,
    caller: Reader,
    state: Annotated[list[EscalationState] | None, Query(max_length=20, description="Only in these states")] = None,
    severity: Annotated[list[Severity] | None, Query(max_length=20, description="Only of these severities")] = None,
    kind: Annotated[list[EscalationKind] | None, Query(max_length=20, description="Only of these kinds")] = None,
    assignee: Annotated[Line | None, Query(max_length=200, description="Only those of this person")] = None,
    report_id: ReportId | None = None,
) -> Page[EscalationOut]:
    """Escalations on the desk, newest first.

    The operator sees all of them, a regulator those that it raised, a reporter those that concern its reports.
    """
    visible = escalations.visible_to(caller.account_id, caller.kind)
    statement = escalations.select_escalations(
        visible,
        states=state,
        severities=severity,
        kinds=kind,
        assignee=assignee if caller.is_operator else None,
        report_id=report_id,
    )
    rows, following = await paginate(session, statement, Escalation.id, paging)
    return Page(data=[_out(row, caller) for row in rows], next_cursor=following)


@router.post(
    "/v1/escalations",
    operation_id="raise_escalation",
    status_code=201,
    response_model=EscalationOut,
    responses=responses(NotFound),
)
async def raise_escalation(
    body: EscalationIn, session: Session, now: Now, response: Response, caller: Raiser
) -> EscalationOut:
    """Bring an escalation to the desk: an order, a takeover of an account, live sales that cannot wait."""
    by_regulator = caller.kind is AccountKind.REGULATOR
    escalation = await escalations.raise_escalation(
        session,
        account_id=caller.account_id,
        by_regulator=by_regulator,
        severity=body.severity or (Severity.P0 if by_regulator else Severity.P2),
        reason=body.reason,
        report_id=body.report_id,
        item_id=body.item_id,
        task_id=body.task_id,
        listing=body.listing,
        now=now,
    )
    response.headers["ETag"] = etag(escalation.version)
    response.headers["Location"] = f"/v1/escalations/{escalation.id}"
    return _out(escalation, caller)


@router.get(
    "/v1/escalations/{escalation_id}",
    operation_id="get_escalation",
    response_model=EscalationDetailOut,
    responses=responses(NotFound),
)
async def get_escalation(
    escalation_id: EscalationId, session: Session, response: Response, caller: Reader
) -> EscalationDetailOut:
    """One escalation, with the report items whose clocks were missed."""
    visible = escalations.visible_to(caller.account_id, caller.kind)
    escalation = await escalations.find(session, escalation_id, visible)
    missed = [
        MissedOut(
            item_id=ItemId(clock.item_id),
            report_id=ReportId(clock.report_id),
            clocks=[k for k in ClockKind if getattr(clock, f"{k.value}_escalation_id", None) == escalation_id],
        )
        for clock in await escalations.items_of(session, escalation_id)
    ]
    response.headers["ETag"] = etag(escalation.version)
    return EscalationDetailOut.model_validate({**_fields(escalation, caller), "missed": missed})


@router.get(
    "/v1/escalations/{escalation_id}/timeline",
    operation_id="list_escalation_timeline",
    response_model=Page[StepOut],
    responses=responses(NotFound, CursorInvalid),
)
async def list_escalation_timeline(
    escalation_id: EscalationId, paging: Paged, session: Session, caller: Reader
) -> Page[StepOut]:
    """Every step of an escalation, in order."""
    visible = escalations.visible_to(caller.account_id, caller.kind)
    escalation = await escalations.find(session, escalation_id, visible)
    rows, following = await paginate(
        session, escalations.history(escalation_id), HistoryEntry.id, paging, newest_first=False
    )
    hidden = bool(_hidden_from(caller, escalation))
    return Page(data=[_step_out(row, hidden) for row in rows], next_cursor=following)


@router.post(
    "/v1/escalations/{escalation_id}/acknowledge",
    operation_id="acknowledge_escalation",
    response_model=EscalationOut,
    responses=responses(NotFound, AlreadyAcknowledged, AlreadyResolved, PreconditionFailed),
)
async def acknowledge_escalation(
    escalation_id: EscalationId,
    body: AcknowledgeIn,
    session: Session,
    now: Now,
    response: Response,
    caller: Manager,
    if_match: IfMatch = None,
) -> EscalationOut:
    """Take an escalation up. Of several who try at the same moment one does."""
    escalation = await escalations.acknowledge(session, escalation_id, by=body.by, if_match=if_match, now=now)
    response.headers["ETag"] = etag(escalation.version)
    return _out(escalation, caller)


@router.post(
    "/v1/escalations/{escalation_id}/assign",
    operation_id="assign_escalation",
    response_model=EscalationOut,
    responses=responses(NotFound, AlreadyResolved, PreconditionFailed),
)
async def assign_escalation(
    escalation_id: EscalationId,
    body: AssignIn,
    session: Session,
    now: Now,
    response: Response,
    caller: Manager,
    if_match: IfMatch = None,
) -> EscalationOut:
    """Give an escalation to someone."""
    escalation = await escalations.assign(
        session, escalation_id, assignee=body.assignee, by=caller.client_id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(escalation.version)
    return _out(escalation, caller)


@router.post(
    "/v1/escalations/{escalation_id}/resolve",
    operation_id="resolve_escalation",
    response_model=EscalationOut,
    responses=responses(NotFound, AlreadyResolved, AnswerRequired, NoticeNotDecided, PreconditionFailed),
)
async def resolve_escalation(
    escalation_id: EscalationId,
    body: ResolveIn,
    session: Session,
    now: Now,
    response: Response,
    caller: Manager,
    if_match: IfMatch = None,
) -> EscalationOut:
    """Settle an escalation. A reviewer's question needs an answer, with which its task goes back to be judged.

    An escalation about a notice without an account is settled by deciding the notice.
    """
    escalation = await escalations.resolve(
        session,
        escalation_id,
        reason=body.reason,
        answer=body.answer,
        by=body.by,
        client_id=caller.client_id,
        if_match=if_match,
        now=now,
    )
    response.headers["ETag"] = etag(escalation.version)
    return _out(escalation, caller)
