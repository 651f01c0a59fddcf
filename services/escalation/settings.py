"""Settings of the escalation service."""

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.contracts.codes import Severity
from shared.runtime.business_settings import BusinessSettings


class EscalationSettings(BusinessSettings):
    """Settings of the clocks and of the desk. Severities, their clocks and the rules are data, behind the API."""

    warn_percent: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], NoDecode] = Field(
        default=(50, 80),
        max_length=10,
        description="Shares of a report item's time to decision at which a warning is given, with commas between",
    )
    fallback_severity: Severity = Field(
        default=Severity.P3, description="Severity of a report item that no severity rule speaks of"
    )
    suspicion_severity: Severity = Field(
        default=Severity.P2, description="Severity of an escalation about suspected misuse of notices"
    )
    handed_on_severity: Severity = Field(
        default=Severity.P3, description="Severity of an escalation about a notice that names no right of the vault"
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
