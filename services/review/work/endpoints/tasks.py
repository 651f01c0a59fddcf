"""Tasks over HTTP: claim, renew, give back, and look back at one's own work."""

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from services.review.packet_schemas import PacketOut
from services.review.resources import CurrentService
from services.review.schemas import ClauseOut, JudgementOut, LeaseOut, LeaseSeconds
from services.review.tasks import leases, work
from services.review.tasks.callers import Reader, Worker
from services.review.tasks.claims import ClaimRequest
from services.review.tasks.leases import LeaseLost
from services.review.work.endpoints.coalescer import KeyedClaim, json_response
from services.review.work.endpoints.schemas import Token
from shared.contracts.codes import RightType, TaskState
from shared.contracts.ids import TaskId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound
from shared.runtime.idempotency import KeyInUse, key_of
from shared.runtime.inputs import Input, Line, Name, Output, Whole
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router
from shared.runtime.telemetry import current_traceparent

routes = router(tags=["tasks"])
hot_routes = router(tags=["tasks"], transactional=False)


class ClaimedTaskOut(PacketOut):
    """A task with its lease."""

    lease: LeaseOut


class ClaimIn(Input):
    """A reviewer's request for tasks."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {
            "examples": [
                {"queue": "trademark.en.p2", "reviewer": "r-17", "max": 10, "lease_seconds": 600, "wait_seconds": 20}
            ]
        },
    }

    queue: Annotated[Line, Field(min_length=1, max_length=80)] | None = Field(
        None, description="One queue; without it the most pressing work of all queues"
    )
    reviewer: Name = Field(description="The reviewer, by a name that the vendor chose")
    max: Annotated[Whole, Field(ge=1, le=50)] = Field(1, description="Tasks wanted, at most")
    lease_seconds: LeaseSeconds = 600
    wait_seconds: Annotated[Whole, Field(ge=0, le=30)] = Field(
        0, description="How long to wait for work where there is none"
    )


class ClaimOut(Output):
    """The tasks handed out; none where there is no work."""

    tasks: Annotated[list[ClaimedTaskOut], Field(max_length=50)]
    clauses: Annotated[list[ClauseOut], Field(max_length=1400)] = Field(
        description="Those that the tasks cite, each once, whatever the number of tasks"
    )


class RenewIn(Input):
    """A lease to hold for longer."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {"examples": [{"lease_token": "AAAAAAAAACo9c3Zt", "lease_seconds": 600}]},
    }

    lease_token: Token
    lease_seconds: LeaseSeconds = Field(600, description="From now")


class RenewOut(Output):
    """The lease as it is now."""

    lease: LeaseOut


class ReleaseIn(Input):
    """A lease to give back."""

    model_config = {**Input.model_config, "json_schema_extra": {"examples": [{"lease_token": "AAAAAAAAACo9c3Zt"}]}}

    lease_token: Token


class TaskOut(PacketOut):
    """A task as its reviewers' account sees it afterwards."""

    state: TaskState
    clauses: Annotated[list[ClauseOut], Field(max_length=200)] = Field(description="Those that the task cites")
    judgements: Annotated[list[JudgementOut], Field(max_length=1000)] = Field(description="This account's own")


class TaskSummaryOut(Output):
    """A task in a list."""

    id: TaskId
    queue: Annotated[str, Field(max_length=80)]
    right_type: RightType
    state: TaskState
    round: Annotated[int, Field(ge=1, le=2_147_483_647)]
    due_at: datetime
    created_at: datetime


@hot_routes.post("/v1/tasks/claim", operation_id="claim_tasks", response_model=ClaimOut, responses=responses(KeyInUse))
async def claim_tasks(request: Request, body: ClaimIn, caller: Worker, service: CurrentService) -> Response:
    """Take up to `max` tasks, the most pressing first: by severity, then by due time.

    Each task is the reviewer's alone until its lease ends. A vendor that is limited to some marketplaces is given the
    tasks of these. Where there is no work the answer waits up to `wait_seconds`
    for some, and is empty after that.
    """
    wanted = ClaimRequest(
        caller.account_id,
        body.reviewer,
        body.max,
        body.lease_seconds,
        body.queue,
        current_traceparent(),
        caller.marketplaces,
    )
    keyed = KeyedClaim(wanted, await key_of(request, caller.client_id), last=False)
    return await service.resources.coalescer.claim(keyed, wait_seconds=body.wait_seconds)


@routes.post("/v1/tasks/{task_id}/renew", operation_id="renew_lease", responses=responses(NotFound, LeaseLost))
async def renew_lease(
    task_id: TaskId, body: RenewIn, caller: Worker, session: Session, service: CurrentService, now: Now
) -> RenewOut:
    """Hold a task for longer. Where the lease is no longer yours: 409 `lease_lost`."""
    fence = service.resources.coalescer.fence_of(task_id, body.lease_token)
    until = await leases.renew_lease(
        session,
        task_id,
        fence,
        caller.account_id,
        lease_seconds=body.lease_seconds,
        now=now,
        marketplaces=caller.marketplaces,
    )
    return RenewOut(lease=LeaseOut(token=body.lease_token, expires_at=until))


@routes.post(
    "/v1/tasks/{task_id}/release",
    operation_id="release_lease",
    status_code=204,
    responses=responses(NotFound, LeaseLost),
)
async def release_lease(
    task_id: TaskId, body: ReleaseIn, caller: Worker, session: Session, service: CurrentService, now: Now
) -> None:
    """Give a task back to its queue. Where the lease is no longer yours: 409 `lease_lost`."""
    fence = service.resources.coalescer.fence_of(task_id, body.lease_token)
    await leases.release_lease(session, task_id, fence, caller.account_id, now=now)


@routes.get("/v1/tasks", operation_id="list_tasks", responses=responses(CursorInvalid))
async def list_tasks(caller: Reader, session: Session, paging: Paged, now: Now) -> Page[TaskSummaryOut]:
    """The tasks that this account has claimed at some time, newest first."""
    rows = await work.list_tasks(
        session,
        caller.account_id,
        after=paging.after,
        limit=paging.limit + 1,
        now=now,
        marketplaces=caller.marketplaces,
    )
    page = rows[: paging.limit]
    more = len(rows) > paging.limit
    return Page(
        data=[TaskSummaryOut.model_validate(row) for row in page],
        next_cursor=paging.cursor(page[-1]["id"]) if more else None,
    )


@routes.get("/v1/tasks/{task_id}", operation_id="read_task", responses=responses(NotFound), response_model=TaskOut)
async def read_task(task_id: TaskId, caller: Reader, session: Session, service: CurrentService, now: Now) -> Response:
    """One task that this account has claimed at some time, with its own judgements. The token is not shown again."""
    shown = await work.read_task(
        session,
        task_id,
        None if caller.is_operator else caller.account_id,
        links=service.resources.evidence_links,
        now=now,
        marketplaces=caller.marketplaces,
    )
    return json_response(shown)
