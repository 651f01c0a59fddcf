"""How long decisions take: public, for anyone who wants to know before filing."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.intake.domain.service_levels import service_levels
from shared.contracts.codes import RightType, Severity
from shared.runtime.inputs import Output
from shared.runtime.routes import Session, router

routes = router(tags=["service levels"])
Seconds = Annotated[float, Field(ge=0, le=10**10)]


class LevelView(Output):
    """Time from filing to decision of the latest decided items, for one right type and severity."""

    right_type: RightType
    severity: Severity
    decided: Annotated[int, Field(ge=1, le=10**6, description="Items that the percentiles are taken over")]
    p50: Seconds = Field(description="Seconds within which half of them were decided")
    p80: Seconds
    p95: Seconds
    measured_at: datetime


class ServiceLevels(Output):
    """Live percentiles; a right type and severity of which nothing was decided yet is not in them."""

    data: Annotated[list[LevelView], Field(max_length=100)]


@routes.get("/v1/service-levels", summary="Read service levels", operation_id="read_service_levels")
async def read_service_levels(session: Session) -> ServiceLevels:
    """Percentiles of the time from filing to decision, measured on the latest decided items. Needs no key."""
    return ServiceLevels(data=[LevelView.model_validate(level) for level in await service_levels(session)])
