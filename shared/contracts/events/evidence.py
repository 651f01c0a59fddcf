"""Events by which services know whose file an id of evidence stands for, without asking. No party reads them."""

from ..event import Event
from ..ids import AccountId, EvidenceId


class _OfEvidence(Event):
    evidence_id: EvidenceId
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.evidence_id


class EvidenceKept(
    _OfEvidence, name="marque.internal.evidence.kept.v1", producer="intake", audience="internal"
):  # fmt: skip
    """A file was taken as evidence. What others than its account see is a copy without place, time and device.

    `sha256` and `size`, in bytes, are of the file as it was sent, `shared_sha256` is of that copy: the same where the
    file holds nothing to hide. The one version is 1; what is deleted is of a higher one.
    """

    sha256: str
    shared_sha256: str
    media_type: str
    size: int


class EvidenceDeleted(
    _OfEvidence, name="marque.internal.evidence.deleted.v1", producer="intake", audience="internal"
):  # fmt: skip
    """Evidence was deleted, by its account or because nothing referred to it for long; its id never comes again."""
