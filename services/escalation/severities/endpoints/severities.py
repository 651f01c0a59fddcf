"""The severities and the clocks that they promise."""

from typing import Annotated, Self

from fastapi import Response
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.escalation.severities import severities
from services.escalation.severities.tables import SeverityClocks
from shared.contracts.codes import Scope, Severity
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag
from shared.runtime.identity import operator
from shared.runtime.inputs import Input, Instant, Output, Whole
from shared.runtime.problems import responses
from shared.runtime.routes import Session
from shared.runtime.routes import router as make_router
from shared.runtime.service import Now

router = make_router(tags=["severities"])

MOST_SECONDS = 366 * 86_400
_Seconds = Annotated[Whole, Field(ge=1, le=MOST_SECONDS)]
_Days = Annotated[Whole, Field(ge=1, le=366)]


class ClockIn(Input):
    """An amount of time: seconds, or business days of the operator's calendar. One of the two."""

    seconds: _Seconds | None = None
    business_days: _Days | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.seconds is None) is (self.business_days is None):
            raise PydanticCustomError("clock_unit", "Give seconds or business_days, one of the two")
        return self


class ClockOut(Output):
    """An amount of time, in one of two units."""

    seconds: int | None = Field(None, ge=1, le=MOST_SECONDS)
    business_days: int | None = Field(None, ge=1, le=366)


class SeverityOut(Output):
    """A severity and the time that it gives."""

    severity: Severity
    acknowledge: ClockOut = Field(description="Until somebody takes a report item, or an escalation of the desk, up")
    decide: ClockOut = Field(description="Until a report item is decided")
    resolve: ClockOut = Field(description="Until an escalation of the desk is settled")
    version: int = Field(ge=1, le=2**31)
    updated_at: Instant


class SeverityListOut(Output):
    """The four severities, the most pressing first."""

    data: list[SeverityOut] = Field(max_length=4)
    next_cursor: None = Field(None, description="Always null: the list is whole")


class SeverityChangeIn(Input):
    """New clocks; those that are left out, or null, stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"acknowledge": {"seconds": 600}, "decide": {"business_days": 2}}]}
    )

    acknowledge: ClockIn | None = None
    decide: ClockIn | None = None
    resolve: ClockIn | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.clocks:
            raise PydanticCustomError("nothing_to_change", "Name at least one clock")
        return self

    @property
    def clocks(self) -> dict[str, dict[str, int]]:
        """The clocks that change."""
        return self.model_dump(exclude_none=True)


def _out(row: SeverityClocks) -> SeverityOut:
    return SeverityOut.model_validate(row)


@router.get(
    "/v1/severities",
    dependencies=[operator(Scope.ESCALATIONS_READ)],
    operation_id="list_severities",
    response_model=SeverityListOut,
)
async def list_severities(
    session: Session,
) -> SeverityListOut:
    """The clocks of each severity: how long until a report item is taken up and decided, and an escalation settled."""
    rows = await severities.clocks_by_severity(session)
    return SeverityListOut(data=[_out(rows[severity]) for severity in sorted(rows)])


@router.get(
    "/v1/severities/{severity}",
    dependencies=[operator(Scope.ESCALATIONS_READ)],
    operation_id="get_severity",
    response_model=SeverityOut,
    responses=responses(NotFound),
)
async def get_severity(
    severity: Severity,
    session: Session,
    response: Response,
) -> SeverityOut:
    """The clocks of one severity."""
    row = (await severities.clocks_by_severity(session))[severity]
    response.headers["ETag"] = etag(row.version)
    return _out(row)


@router.patch(
    "/v1/severities/{severity}",
    dependencies=[operator(Scope.ESCALATIONS_MANAGE)],
    operation_id="change_severity",
    response_model=SeverityOut,
    responses=responses(NotFound, PreconditionFailed),
)
async def change_severity(
    severity: Severity,
    change: SeverityChangeIn,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> SeverityOut:
    """Change the clocks of a severity. Clocks that run already keep what they were given."""
    row = await severities.change_clocks(session, severity, change.clocks, if_match=if_match, now=now)
    response.headers["ETag"] = etag(row.version)
    return _out(row)
