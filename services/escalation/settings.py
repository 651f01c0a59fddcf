"""What an operator can change about the escalation service."""

from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.contracts.codes import Severity
from shared.runtime.settings import RuntimeSettings


class EscalationSettings(RuntimeSettings):
    """Settings of the clocks and of the desk. Severities, their clocks and the rules are data, behind the API."""

    business_country: str = Field(
        default="DE",
        pattern="^[A-Z]{2}$",
        description="Country whose public holidays and weekends are no business days (ISO 3166-1 alpha-2)",
    )
    business_subdivision: str | None = Field(
        default=None, max_length=10, description="State or province of that country, for its own holidays"
    )
    business_zone: str = Field(
        default="UTC", max_length=64, description="Time zone in which a business day begins and ends (IANA name)"
    )
    warn_percent: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], NoDecode] = Field(
        default=(50, 80),
        max_length=10,
        description="Shares of a report item's time to decision at which a warning is given, with commas between",
    )
    fallback_severity: Severity = Field(
        default=Severity.P3, description="Severity of a report item that no severity rule speaks of"
    )
    severity_rules_limit: int = Field(default=200, ge=1, le=10_000, description="Severity rules, at most")

    @field_validator("warn_percent", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("warn_percent")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @field_validator("business_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value} is not a time zone") from error
        return value

    @model_validator(mode="after")
    def _known_calendar(self) -> Self:
        try:
            holidays.country_holidays(self.business_country, subdiv=self.business_subdivision)
        except NotImplementedError as error:
            raise ValueError(f"no calendar of business days: {error}") from error
        return self
