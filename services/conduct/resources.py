"""Resources of a running conduct service."""

from dataclasses import dataclass
from typing import Annotated

from services.conduct.settings import ConductSettings
from services.conduct.standing.credibility import Prior
from shared.runtime import context


@dataclass
class Resources:
    """The resources that the endpoints of one process share."""

    prior: Prior


Service = context.Service[ConductSettings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
