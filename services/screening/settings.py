"""Settings of the screening service."""

from typing import Literal

from pydantic import Field

from shared.runtime.evidence_links import EvidenceLinkSettings


class ScreeningSettings(EvidenceLinkSettings):
    """Settings of the store of listings, and of captures."""

    environment: Literal["production", "development"] = Field(
        default="production", description="In development pictures may be on loopback, unless said otherwise"
    )
    capture_allow_loopback: bool | None = Field(
        default=None, description="Whether pictures may be on loopback, also over http; unset: in development only"
    )
    listing_version_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days that an earlier version of a listing is kept, at least: as long as a capture names it",
    )
    jobs_at_once: int = Field(
        default=16,
        ge=1,
        le=100,
        description="Background jobs that one process does at a time, of all kinds together: most wait for pictures",
    )
    capture_url: str = Field(
        default=".marque/captures",
        pattern=r"^(file://|s3://|[^:]+$)",
        description="Where pictures of captures are kept: a folder, or `s3://bucket/prefix` with the usual `AWS_*` "
        "variables",
    )
    capture_seconds: float = Field(
        default=15,
        gt=0,
        le=300,
        description="Seconds in which the pictures of one capture are fetched; those that come later are missing",
    )
    capture_picture_bytes: int = Field(
        default=10_485_760, ge=1024, le=104_857_600, description="Bytes of one picture, at most"
    )
    capture_picture_pixels: int = Field(
        default=120_000_000, ge=10_000, description="Pixels of one picture, all of its frames together, at most"
    )
    capture_inspectors: int = Field(
        default=2, ge=1, le=64, description="Processes of one service process that look into pictures, at most"
    )

    @property
    def loopback_allowed(self) -> bool:
        """Return whether pictures may be on this machine itself."""
        if self.capture_allow_loopback is not None:
            return self.capture_allow_loopback
        return self.environment == "development"
