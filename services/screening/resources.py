"""Resources of a running screening service."""

from dataclasses import dataclass
from typing import Annotated

from services.screening.captures.lookups import Lookup
from services.screening.captures.pictures.fetching import Pictures
from services.screening.settings import ScreeningSettings
from shared.runtime import context
from shared.runtime.evidence_links import EvidenceLinks


@dataclass
class Resources:
    """The resources that the endpoints and jobs of one process share."""

    pictures: Pictures
    links: EvidenceLinks
    lookup: Lookup | None


Service = context.Service[ScreeningSettings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
