"""Links to evidence: an address that opens one file for a few minutes, for whoever was given it.

The service that knows who may look makes it, the service that keeps the files opens it; they share a key and nothing
else. A link cannot be taken back, so it is short-lived.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from pathlib import Path

from pydantic import Field

from shared.contracts.ids import EvidenceId
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.settings import RuntimeSettings

_LEAST_KEY = 32


class LinkInvalid(NotFound):
    """The link was not made here, or was changed: it opens nothing, and says nothing of what there is."""

    code = "link_invalid"
    title = "The link is not one that was made here"


class LinkExpired(MarqueError):
    """The time of the link is over."""

    status = 410
    code = "link_expired"
    title = "The link has expired; ask for a new one"


@unique
class EvidenceCopy(StrEnum):
    """Which copy a link opens: the file as it was sent, for its owner, or the one without what others must not see."""

    ORIGINAL = "original"
    SHARED = "shared"


class EvidenceLinkSettings(RuntimeSettings):
    """Settings of a service that makes or opens links to evidence."""

    public_url: str = Field(
        default="http://127.0.0.1:8080", pattern=r"^https?://[^/\s]+$", description="The gateway as its callers see it"
    )
    evidence_link_key: Path = Field(
        description="File with the 32 bytes or more that sign links to evidence: the same for intake and review"
    )
    evidence_link_seconds: int = Field(default=300, ge=10, le=3600, description="Seconds for which such a link opens")


@dataclass(frozen=True, slots=True)
class EvidenceLink:
    """An address, and until when it opens."""

    url: str
    expires_at: datetime


class EvidenceLinks:
    """Makes links and checks them."""

    def __init__(self, key: bytes, *, public_url: str, seconds: int) -> None:
        """Raises `ValueError` where the key is too short to be one."""
        if len(key) < _LEAST_KEY:
            raise ValueError(f"the key of links to evidence has fewer than {_LEAST_KEY} bytes")
        self._key = key
        self._public_url = public_url
        self._seconds = seconds

    @classmethod
    def of(cls, settings: EvidenceLinkSettings) -> "EvidenceLinks":
        """As the operator has set it. Raises `OSError` where there is no key."""
        return cls(
            settings.evidence_link_key.read_bytes(),
            public_url=settings.public_url,
            seconds=settings.evidence_link_seconds,
        )

    def make(self, evidence_id: EvidenceId, copy: EvidenceCopy, *, now: datetime) -> EvidenceLink:
        """A link that opens from now on."""
        expires = int(now.timestamp()) + self._seconds
        signature = self._sign(evidence_id, copy, expires)
        query = f"copy={copy.value}&expires={expires}&signature={signature}"
        url = f"{self._public_url}/v1/evidence/{evidence_id}/content?{query}"
        return EvidenceLink(url, datetime.fromtimestamp(expires, UTC))

    def check(
        self,
        evidence_id: EvidenceId,
        copy: EvidenceCopy | None,
        *,
        expires: int | None,
        signature: str | None,
        now: datetime,
    ) -> timedelta:
        """For how long the link still opens. Raises `LinkInvalid`, `LinkExpired`."""
        if copy is None or expires is None or signature is None:
            raise LinkInvalid
        if not hmac.compare_digest(signature.encode(), self._sign(evidence_id, copy, expires).encode()):
            raise LinkInvalid
        left = expires - now.timestamp()
        if left <= 0:
            raise LinkExpired
        return timedelta(seconds=left)

    def _sign(self, evidence_id: EvidenceId, copy: EvidenceCopy, expires: int) -> str:
        said = f"evidence\0{evidence_id}\0{copy.value}\0{expires}".encode()
        return hmac.digest(self._key, said, hashlib.sha256).hex()
