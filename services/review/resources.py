"""Resources of a running review service."""

from dataclasses import dataclass
from typing import Annotated

from services.review.settings import Settings
from services.review.work.endpoints.coalescer import WorkCoalescer
from shared.runtime import context
from shared.runtime.evidence_links import EvidenceLinks


@dataclass
class Resources:
    """The resources that the endpoints of one process share."""

    coalescer: WorkCoalescer
    evidence_links: EvidenceLinks


Service = context.Service[Settings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
