"""Settings of the conduct service."""

from pydantic import Field

from shared.runtime.settings import RuntimeSettings


class ConductSettings(RuntimeSettings):
    """Settings of standing and of what is suspicious. The terms of standing themselves are data, behind the API."""

    standing_prior_accepted: float = Field(
        default=1, gt=0, le=1000, description="What is thought of a reporter before anything is decided: as if so many "
        "items had been accepted"
    )  # fmt: skip
    standing_prior_rejected: float = Field(default=1, gt=0, le=1000, description="And so many rejected")
    abuse_days: int = Field(default=30, ge=1, le=365, description="Days over which reports are seen beside each other")
    abuse_accounts: int = Field(
        default=3, ge=2, le=1000, description="Accounts from which on a shared text, signature or address is suspicious"
    )
    abuse_rights: int = Field(
        default=20, ge=2, le=10_000, description="Rights from which on one explanation under all of them is suspicious"
    )
    abuse_burst_items: int = Field(
        default=500, ge=1, description="Items that an account files in an hour from which on it may be a burst"
    )
    abuse_burst_times: float = Field(
        default=20, ge=1, description="And how many times what it files in an hour usually"
    )
