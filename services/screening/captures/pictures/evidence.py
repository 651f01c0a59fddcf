"""Pictures that are evidence: intake tells which file an id stands for."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures.pictures import statements
from shared.contracts.events import EvidenceDeleted, EvidenceKept


async def keep_evidence(session: AsyncSession, events: Sequence[EvidenceKept | EvidenceDeleted]) -> None:
    """Keep of each the file as others than its owner see it, or that it is gone.

    The size is of the file as it was sent, and known of the other one where both are the same.
    """
    kept = [event for event in events if isinstance(event, EvidenceKept)]
    gone = [event.evidence_id for event in events if isinstance(event, EvidenceDeleted)]
    if kept:
        await statements.KEEP_EVIDENCE.run(
            session,
            evidence_ids=[event.evidence_id for event in kept],
            hashes=[event.shared_sha256 for event in kept],
            media_types=[event.media_type for event in kept],
            sizes=[event.size if event.shared_sha256 == event.sha256 else None for event in kept],
        )
    if gone:
        await statements.DELETE_EVIDENCE.run(session, evidence_ids=gone)
