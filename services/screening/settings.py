"""Settings of the screening service."""

from pydantic import Field

from shared.runtime.settings import RuntimeSettings


class ScreeningSettings(RuntimeSettings):
    """Settings of the store of listings."""

    listing_version_days: int = Field(
        default=30, ge=1, le=3650, description="Days that an earlier version of a listing is kept"
    )
