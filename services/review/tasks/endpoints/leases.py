"""Leases over HTTP, for whoever leads: who holds which task, and how to take one away."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from services.review.resources import CurrentService
from services.review.schemas import LeaseOut, LeaseSeconds, Round
from services.review.tasks import broken_leases
from services.review.tasks.broken_leases import LeaseNotFound
from shared.contracts.codes import AccountKind, RightType, Scope
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.context import Now
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Input, Name, Output, Prose
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["tasks"])

Lead = Annotated[Caller, requires(Scope.TASKS_MANAGE, AccountKind.VENDOR, AccountKind.MARKETPLACE)]
Reviewer = Annotated[str, Field(max_length=200)]


class HeldLeaseOut(Output):
    """A lease that is live, and whose it is. The token is its holder's alone."""

    task_id: TaskId
    queue: Annotated[str, Field(max_length=80)]
    right_type: RightType
    round: Round
    due_at: datetime
    account_id: AccountId
    reviewer: Reviewer
    claimed_at: datetime
    expires_at: datetime


class BreakIn(Input):
    """Why a lease is taken away."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {"examples": [{"reason": "The reviewer has gone home; the task is due within the hour."}]},
    }

    reason: Annotated[Prose, Field(min_length=1, max_length=2000)] = Field(
        description="Kept with the lease, and shown to the account that held it"
    )


class BrokenLeaseOut(Output):
    """A lease that was taken away; the task waits in its queue again."""

    task_id: TaskId
    round: Round
    account_id: AccountId
    reviewer: Reviewer
    reason: Annotated[str, Field(max_length=2000)]
    broken_at: datetime


class HandOverIn(Input):
    """Who gets a task that somebody holds, and why."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {
            "examples": [{"reviewer": "sam", "lease_seconds": 600, "reason": "Sam reads Polish, and Kim does not."}]
        },
    }

    reviewer: Name = Field(description="Another reviewer of the account that holds the task")
    lease_seconds: LeaseSeconds = Field(600, description="From now")
    reason: Annotated[Prose, Field(min_length=1, max_length=2000)] = Field(
        description="Kept with the lease that ends, and shown to the account that held it"
    )


class HandedOverOut(Output):
    """A lease that another reviewer of the same account has now; its token is for that reviewer."""

    task_id: TaskId
    round: Round
    account_id: AccountId
    reviewer: Reviewer
    taken_from: Reviewer
    reason: Annotated[str, Field(max_length=2000)]
    lease: LeaseOut


@routes.get("/v1/leases", operation_id="list_leases", responses=responses(CursorInvalid))
async def list_leases(
    caller: Lead,
    session: Session,
    paging: Paged,
    now: Now,
    account_id: Annotated[AccountId | None, Query(description="Only this account's")] = None,
    reviewer: Annotated[str | None, Query(max_length=200, description="Only this reviewer's")] = None,
) -> Page[HeldLeaseOut]:
    """The leases that are live, by task: for the operator everyone's, for a vendor its own."""
    if not caller.is_operator and account_id not in (None, caller.account_id):
        return Page(data=[], next_cursor=None)
    rows = await broken_leases.list_leases(
        session,
        account_id=account_id if caller.is_operator else caller.account_id,
        reviewer=reviewer,
        after=paging.after,
        limit=paging.limit + 1,
        now=now,
    )
    page = rows[: paging.limit]
    more = len(rows) > paging.limit
    return Page(
        data=[HeldLeaseOut.model_validate(row) for row in page],
        next_cursor=paging.cursor(page[-1]["task_id"]) if more else None,
    )


@routes.post("/v1/leases/{task_id}/break", operation_id="break_lease", responses=responses(LeaseNotFound))
async def break_lease(task_id: TaskId, body: BreakIn, caller: Lead, session: Session, now: Now) -> BrokenLeaseOut:
    """Take a task away from its reviewer; it waits in its queue again, for anyone.

    Under the broken lease nothing can be renewed, given back or judged: 409 `lease_lost`. A vendor breaks its own
    leases, the operator any. Whose lease it was is told (`marque.task.lease_broken.v1`).
    """
    broken = await broken_leases.break_lease(
        session,
        task_id,
        reason=body.reason,
        broken_by=caller.account_id,
        of_account=None if caller.is_operator else caller.account_id,
        now=now,
    )
    return BrokenLeaseOut.model_validate(broken.model_dump())


@routes.post("/v1/leases/{task_id}/hand-over", operation_id="hand_over_lease", responses=responses(LeaseNotFound))
async def hand_over_lease(
    task_id: TaskId, body: HandOverIn, caller: Lead, session: Session, service: CurrentService, now: Now
) -> HandedOverOut:
    """Take a task from its reviewer and give it to another of the same account, at once.

    Under the lease that ends nothing can be renewed, given back or judged: 409 `lease_lost`, with the reason. A vendor
    hands its own leases over, the operator any. The vendor is told (`marque.task.lease_broken.v1` with `handed_to`).
    """
    handed = await broken_leases.hand_over_lease(
        session,
        task_id,
        reviewer=body.reviewer,
        lease_seconds=body.lease_seconds,
        reason=body.reason,
        broken_by=caller.account_id,
        of_account=None if caller.is_operator else caller.account_id,
        now=now,
    )
    token = service.resources.coalescer.seal(task_id, handed.fence)
    told = handed.broken.model_dump(include={"task_id", "round", "account_id", "reason"})
    return HandedOverOut(
        **told,
        reviewer=body.reviewer,
        taken_from=handed.broken.reviewer,
        lease=LeaseOut(token=token, expires_at=handed.expires_at),
    )
