"""Settings of the screening service."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.runtime.evidence_links import EvidenceLinkSettings


class ScreeningSettings(EvidenceLinkSettings):
    """Settings of the store of listings, and of captures."""

    environment: Literal["production", "development"] = Field(
        default="production", description="In development requests may go to loopback, unless said otherwise"
    )
    capture_allow_loopback: bool | None = Field(
        default=None,
        description="Whether pictures and the look-up may be on loopback, also over http; unset: in development only",
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

    capture_seller_days: int = Field(
        default=1096,
        ge=1,
        le=36_500,
        description="Days after which the seller's name is erased from captures whose report items have all ended; "
        "three years, in which claims for a decision come under the statute of limitations",
    )
    capture_picture_days: int = Field(
        default=1827,
        ge=1,
        le=36_500,
        description="Days after which pictures are erased from such captures; five years, for as long as the "
        "transparency report that counts the decision is kept",
    )
    listing_lookup: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        max_length=2048,
        description="The marketplace's https address that is asked for a reported listing of which the store knows "
        "nothing; none: nobody is asked. docs/listing-lookup.md",
    )
    listing_lookup_key: Path | None = Field(
        default=None, description="File with the secret that signs these questions, `whsec_` and base64 after it"
    )
    listing_unknown_seconds: float = Field(
        default=3600, ge=1, description="Seconds for which the marketplace is not asked again for what it does not know"
    )

    @model_validator(mode="after")
    def _questions_are_signed(self) -> Self:
        if self.listing_lookup is not None and self.listing_lookup_key is None:
            raise ValueError("listing_lookup needs listing_lookup_key, which signs what is asked there")
        return self

    @property
    def loopback_allowed(self) -> bool:
        """Return whether pictures may be on this machine itself."""
        if self.capture_allow_loopback is not None:
            return self.capture_allow_loopback
        return self.environment == "development"
