"""The context of the code of a running service."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Generic

from fastapi import Depends, Request
from typing_extensions import TypeVar

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.health import Check
from shared.runtime.identity import Verifier
from shared.runtime.subscribers import Subscribers

SettingsT = TypeVar("SettingsT", default=Any)
ResourcesT = TypeVar("ResourcesT", default=Any)


@dataclass
class Service(Generic[SettingsT, ResourcesT]):
    """The running service, at `app.state.service`.

    `resources` is a dataclass of the service's own, of what its process holds open; the service's lifespan sets it.
    """

    name: str
    settings: SettingsT
    database: Database
    clock: Clock
    verifier: Verifier
    subscribers: Subscribers
    cursor_key: bytes = b""
    resources: ResourcesT = field(init=False)
    checks: dict[str, Check] = field(default_factory=dict)
    """The checks of `/readyz`; a service adds its own while it starts."""


async def _service(request: Request) -> Any:
    return request.app.state.service


CURRENT: Final = Depends(_service)
"""The service that answers a request; each names its type: `Annotated[Service[Settings, Resources], CURRENT]`."""

CurrentService = Annotated[Service, CURRENT]


async def _now(service: CurrentService) -> datetime:
    return service.clock.now()


Now = Annotated[datetime, Depends(_now)]
"""The time of this request: `now: Now`."""
