"""Settings of the review service."""

from pydantic import Field

from shared.contracts.codes import Claim, Severity
from shared.runtime.evidence_links import EvidenceLinkSettings

_DAY = 86_400


def _severities() -> dict[Claim, Severity]:
    pressing = {Claim.COUNTERFEIT, Claim.TRADEMARK}
    return {claim: Severity.P2 if claim in pressing else Severity.P3 for claim in Claim}


def _clocks() -> dict[Severity, int]:
    return {Severity.P0: 2 * 3600, Severity.P1: 8 * 3600, Severity.P2: _DAY, Severity.P3: 5 * _DAY}


class Settings(EvidenceLinkSettings):
    """Until the escalation service has spoken, a task waits under the severity and the clock named here."""

    consumer_gather_seconds: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Seconds from one batch of events that a consumer takes to the next, at least, where it is not "
        "full: reports are among them, and reviewers wait for these",
    )
    default_severity: dict[Claim, Severity] = Field(
        default_factory=_severities, description="Severity of a task before triage, by claim (JSON object)"
    )
    default_decide_seconds: dict[Severity, int] = Field(
        default_factory=_clocks, description="Seconds to decide before triage, by severity (JSON object)"
    )
    due_soon_seconds: int = Field(default=3600, ge=1, description="How near its due time work counts as due soon")
    queue_depth_counted: int = Field(
        default=10_000, ge=1, description="Tasks of a queue that are counted, at most; a deeper queue says so"
    )
    batch_size: int = Field(
        default=80, ge=1, le=1000, description="Tasks that are claimed or judged in one transaction, at most"
    )
    batches_at_once: int = Field(
        default=3, ge=1, le=20, description="Such transactions that run side by side: of claims, and of judgements"
    )
