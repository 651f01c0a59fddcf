"""Settings of evidence."""

from pydantic import Field

from shared.runtime.evidence_links import EvidenceLinkSettings


class EvidenceSettings(EvidenceLinkSettings):
    """Where evidence is kept, and how much of it is taken."""

    evidence_url: str = Field(
        default=".marque/evidence",
        pattern=r"^(file://|s3://|[^:]+$)",
        description="Where evidence is kept: a folder, or `s3://bucket/prefix` with the usual `AWS_*` variables",
    )
    evidence_bytes: int = Field(default=26_214_400, ge=1024, description="Bytes of one file of evidence, at most")
    evidence_pages: int = Field(default=500, ge=1, le=10_000, description="Pages of one PDF, at most")
    evidence_pixels: int = Field(
        default=120_000_000, ge=1_000_000, description="Pixels of one image, all of its frames together, at most"
    )
    evidence_seconds: float = Field(
        default=10,
        gt=0,
        le=60,
        description="Seconds of processor time after which the process that looks into a file "
        "is killed; by the clock it has four times as many",
    )
    evidence_memory: int = Field(
        default=805_306_368, ge=268_435_456, description="Bytes of address space of such a process, at most"
    )
    evidence_inspectors: int = Field(
        default=2, ge=1, le=64, description="Such processes of one service process, at most"
    )
    evidence_uploads: int = Field(
        default=64, ge=1, le=10_000, description="Files that one service process receives at once, at most"
    )
    evidence_unused: int = Field(
        default=5000, ge=1, description="Files of one account that nothing refers to yet, at most"
    )
    evidence_unused_days: int = Field(
        default=30, ge=2, description="Days after which a file that nothing refers to is deleted"
    )
