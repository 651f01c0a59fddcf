"""How long decisions take: public, for anyone who wants to know before filing."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.intake.resources import CurrentService
from services.intake.service_levels import estimates
from services.intake.service_levels.calibration import QUANTILE
from shared.contracts.codes import RightType, Severity
from shared.runtime.context import Now
from shared.runtime.inputs import Output
from shared.runtime.routes import Session, router

routes = router(tags=["service levels"])
Seconds = Annotated[float, Field(ge=0, le=10**10)]


class TrackOut(Output):
    """How the promises of the last days were kept: of those that came due, how many items were decided by then."""

    days: Annotated[int, Field(ge=1, le=366)]
    due: Annotated[int, Field(ge=0, le=2**53)]
    kept: Annotated[int, Field(ge=0, le=2**53)]


class LevelOut(Output):
    """Time from filing to decision for one right type and severity, less the time that reporters took to answer."""

    right_type: RightType
    severity: Severity
    decided: Annotated[int, Field(ge=1, le=10**6, description="The latest decided items, which this is measured on")]
    waiting: Annotated[int, Field(ge=0, le=2**31, description="Items that wait now; they are taken into account")]
    p50: Seconds = Field(description="Seconds within which half of them were decided")
    p80: Seconds
    p95: Seconds
    expected: Seconds | None = Field(
        description="Seconds from filing to the `expected_decision_at` of an item that comes now; null while it is "
        "still the severity's clock"
    )
    track: TrackOut
    measured_at: datetime


class ServiceLevelsOut(Output):
    """Live percentiles; a right type and severity of which nothing was decided yet is not in them."""

    expected_quantile: Annotated[float, Field(ge=0, le=1)] = Field(
        QUANTILE, description="The share of items that are decided by their `expected_decision_at`"
    )
    data: Annotated[list[LevelOut], Field(max_length=100)]


@routes.get("/v1/service-levels", summary="Read service levels", operation_id="read_service_levels")
async def read_service_levels(session: Session, service: CurrentService, now: Now) -> ServiceLevelsOut:
    """How long decisions take of late, what new items are told, and how such promises were kept. Needs no key."""
    tracks = await estimates.tracks(session, now)
    least = service.settings.levels_least
    return ServiceLevelsOut(
        data=[
            LevelOut.model_validate(
                {
                    **level.model_dump(),
                    "expected": level.told_seconds if level.decided >= least else None,
                    "track": tracks.get((level.right_type, level.severity), estimates.NO_TRACK),
                }
            )
            for level in await estimates.service_levels(session)
        ]
    )
