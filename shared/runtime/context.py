"""What the code of a running service finds around it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.health import Check
from shared.runtime.identity import Verifier
from shared.runtime.subscribers import Subscribers


@dataclass
class Service:
    """What the code of a running service finds at `app.state.service`."""

    name: str
    settings: Any
    database: Database
    clock: Clock
    verifier: Verifier
    subscribers: Subscribers
    cursor_key: bytes = b""
    extra: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    """What `/readyz` looks at; a service adds its own while it starts."""


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


CurrentService = Annotated[Service, Depends(_service)]


async def _now(service: CurrentService) -> datetime:
    return service.clock.now()


Now = Annotated[datetime, Depends(_now)]
"""The time of this request: `now: Now`."""
