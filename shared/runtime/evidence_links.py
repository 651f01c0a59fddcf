"""Links to evidence and to pictures of captures: an address that opens one file for a few minutes, for whoever has it.

The service that knows who may look makes it, the service that keeps the files opens it; they share a key and nothing
else. A link cannot be taken back, so it is short-lived.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from pathlib import Path
from urllib.parse import urlencode

from pydantic import Field

from shared.contracts.ids import CaptureId, EvidenceId
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
        description="File with the 32 bytes or more that sign links to evidence and captured pictures: one for intake, "
        "screening and review"
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
        """A link to evidence that opens from now on."""
        path = f"/v1/evidence/{evidence_id}/content"
        return self._link(path, ("evidence", evidence_id, copy.value), {"copy": copy.value}, now)

    def make_picture(self, capture_id: CaptureId, sha256: str, *, now: datetime) -> EvidenceLink:
        """A link to a picture of a capture that opens from now on."""
        path = f"/v1/captures/{capture_id}/images/{sha256}/content"
        return self._link(path, ("capture", capture_id, sha256), {}, now)

    def check(
        self,
        evidence_id: EvidenceId,
        copy: EvidenceCopy | None,
        *,
        expires: int | None,
        signature: str | None,
        now: datetime,
    ) -> timedelta:
        """For how long the link to evidence still opens. Raises `LinkInvalid`, `LinkExpired`."""
        if copy is None:
            raise LinkInvalid
        return self._left(("evidence", evidence_id, copy.value), expires, signature, now)

    def check_picture(
        self, capture_id: CaptureId, sha256: str, *, expires: int | None, signature: str | None, now: datetime
    ) -> timedelta:
        """The same of a link to a picture of a capture. Raises `LinkInvalid`, `LinkExpired`."""
        return self._left(("capture", capture_id, sha256), expires, signature, now)

    def _link(self, path: str, named: tuple[str, ...], query: dict[str, str], now: datetime) -> EvidenceLink:
        expires = int(now.timestamp()) + self._seconds
        asked = urlencode({**query, "expires": expires, "signature": self._sign(named, expires)})
        return EvidenceLink(f"{self._public_url}{path}?{asked}", datetime.fromtimestamp(expires, UTC))

    def _left(self, named: tuple[str, ...], expires: int | None, signature: str | None, now: datetime) -> timedelta:
        if expires is None or signature is None:
            raise LinkInvalid
        if not hmac.compare_digest(signature.encode(), self._sign(named, expires).encode()):
            raise LinkInvalid
        left = expires - now.timestamp()
        if left <= 0:
            raise LinkExpired
        return timedelta(seconds=left)

    def _sign(self, named: tuple[str, ...], expires: int) -> str:
        said = "\0".join((*named, str(expires))).encode()
        return hmac.digest(self._key, said, hashlib.sha256).hex()
