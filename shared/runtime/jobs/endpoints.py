"""Jobs over the API: the operator lists them, reads one, has a dead one tried again, or takes one back."""

import logging
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as Parameter
from pydantic import ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.codes import Scope
from shared.contracts.ids import JobId
from shared.runtime import problems
from shared.runtime.context import CurrentService, Now
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.identity import Caller, operator
from shared.runtime.inputs import Input, Line, Output
from shared.runtime.jobs import statements
from shared.runtime.jobs.queue import LONGEST_ERROR
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router
from shared.runtime.statements import Query

_log = logging.getLogger(__name__)
_LAST = "~"  # sorts after every id


class JobState(StrEnum):
    """How it stands with a job."""

    DUE = "due"
    LATER = "later"
    LEASED = "leased"
    DEAD = "dead"


class JobNotDead(Conflict):
    """Only a dead job is tried again by hand; others are tried by themselves."""

    code = "job_not_dead"
    title = "The job is not dead"


class JobOut(Output):
    """Work that a service does in the background."""

    id: JobId
    kind: Annotated[str, Field(max_length=100)]
    key: Annotated[str, Field(max_length=500)] | None = Field(description="Of one kind, one job has it at a time")
    state: JobState = Field(
        description="`due` waits for a worker, `later` for its time, `leased` is under way, `dead` waits for someone"
    )
    due_at: datetime | None = Field(description="When it is due; of a leased one, when its lease ends")
    tries: Annotated[int, Field(ge=0, le=2_147_483_647, description="Failures in a row, or the try under way")]
    error: Annotated[str, Field(max_length=LONGEST_ERROR)] | None = Field(description="The last failure")
    done: Annotated[int, Field(ge=0, le=2_147_483_647)] | None
    total: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = Field(description="Of which so many are `done`")
    created_at: datetime
    died_at: datetime | None


class JobDiscardIn(Input):
    """Why a job is given up."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The import was sent again by hand."}]})

    reason: Annotated[Line, Field(min_length=3, max_length=1000)]


Admin = Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]
States = Annotated[list[JobState] | None, Parameter(description="Only jobs in these states", max_length=4)]
KindOfJob = Annotated[str | None, Parameter(description="Only jobs of this kind", max_length=100, pattern=r"^[a-z_]+$")]


def _out(row: statements.StoredJob, **changes: Any) -> JobOut:
    values = row._asdict() | changes
    if values["state"] == JobState.DEAD:
        values["due_at"] = None
    return JobOut.model_validate(values)


async def _job(
    session: AsyncSession, job_id: JobId, now: datetime, find: Query[statements.StoredJob] = statements.LOCK_JOB
) -> statements.StoredJob:
    """One job, locked unless it is only read. Raises `NotFound`."""
    row = await find.first(session, id=job_id, now=now)
    if row is None:
        raise NotFound
    return row


async def list_jobs(
    session: Session, paging: Paged, now: Now, _: Admin, state: States = None, kind: KindOfJob = None
) -> Page[JobOut]:
    """Background work that is not over, the newest first."""
    values = {
        "before": paging.after or _LAST, "states": list(state or JobState), "kind": kind, "now": now,
        "most": paging.limit + 1,
    }  # fmt: skip
    rows = await statements.LIST_JOBS.all(session, **values)
    page = rows[: paging.limit]
    following = paging.cursor(page[-1].id) if len(rows) > paging.limit else None
    return Page(data=[_out(row) for row in page], next_cursor=following)


async def read_job(job_id: JobId, session: Session, now: Now, _: Admin) -> JobOut:
    """One job. One that is over is gone."""
    return _out(await _job(session, job_id, now, statements.FIND_JOB))


async def retry_job(job_id: JobId, session: Session, now: Now, _: Admin) -> JobOut:
    """Have a dead job tried again, as often as a new one."""
    row = await _job(session, job_id, now)
    if row.state != JobState.DEAD:
        raise JobNotDead(f"It is {row.state}.")
    await statements.RETRY_JOB.run(session, id=job_id, now=now)
    return _out(row, state=JobState.DUE, due_at=now, tries=0, died_at=None)


async def discard_job(
    job_id: JobId, body: JobDiscardIn, session: Session, service: CurrentService, now: Now, caller: Admin
) -> JobOut:
    """Take a job back for good, whatever its state. One that is under way has no effect from here on.

    What a service does again and again, as a sweep, is back within a minute.
    """
    row = await _job(session, job_id, now)
    await statements.DISCARD_JOB.run(session, id=job_id)
    _log.warning(
        "the job %s (%s) of %s was discarded by %s: %s",
        job_id,
        row.kind,
        service.name,
        caller.client_id,
        body.reason,
    )
    return _out(row)


def jobs_router(service_name: str) -> APIRouter:
    """The endpoints for one service's jobs."""
    routes = router(tags=["jobs"])
    path = f"/v1/jobs/{service_name}"
    one = path + "/{job_id}"
    routes.get(
        path,
        operation_id=f"list_{service_name}_jobs",
        summary=f"Jobs of {service_name}",
        responses=problems.responses(CursorInvalid),
    )(list_jobs)
    routes.get(
        one,
        operation_id=f"read_{service_name}_job",
        summary=f"Read a job of {service_name}",
        responses=problems.responses(NotFound),
    )(read_job)
    routes.post(
        one + "/retry",
        operation_id=f"retry_{service_name}_job",
        summary=f"Try a dead job of {service_name} again",
        responses=problems.responses(NotFound, JobNotDead),
    )(retry_job)
    routes.post(
        one + "/discard",
        operation_id=f"discard_{service_name}_job",
        summary=f"Discard a job of {service_name}",
        responses=problems.responses(NotFound),
    )(discard_job)
    return routes
