"""Resources of a running intake service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from services.intake.settings import Settings
from shared.runtime import context
from shared.runtime.evidence_links import EvidenceLinks

# Endpoints, which everything here is below, read this; at run time it needs none of it.
if TYPE_CHECKING:
    from services.intake.accounts.limits import Limited
    from services.intake.evidence.receiving import EvidenceRoom
    from services.intake.imports.filing import Filer
    from services.intake.parsing.readers import Readers
    from services.intake.public_notices.confirmation import Confirmer
    from services.intake.public_notices.letters import Letters
    from services.intake.public_notices.submission import Taker
    from services.intake.reports.coalescer import FilingCoalescer


@dataclass
class Resources:
    """The resources that the endpoints and the background work of one process share."""

    limits: "Mapping[Limited, int]"
    filing: "FilingCoalescer"
    filer: "Filer"
    readers: "Readers"
    confirmer: "Confirmer"
    taker: "Taker"
    evidence: "EvidenceRoom"
    evidence_links: EvidenceLinks
    letters: "Letters | None"
    import_keys: set[tuple[str, str]] = field(default_factory=set)
    """The clients and idempotency keys of the uploads that run."""


Service = context.Service[Settings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
