"""The services of the platform, as `deploy/services.yaml` names them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "services.yaml"
GATEWAY = "gateway"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RouteEntry(_Entry):
    """A path that the gateway passes on to a service."""

    path: str
    exact: bool = False
    public: bool = False
    visitors: bool = False


class Container(_Entry):
    """Additions to the container of one service."""

    environment: dict[str, str] = {}
    volumes: list[str] = []


class ServiceEntry(_Entry):
    """A service: its application, its paths at the gateway, its container; `consumes`: it reads the event stream."""

    name: str
    app: str
    http: str = "shared.runtime.http_protocol:BoundedProtocol"
    consumes: bool = True
    routes: list[RouteEntry] = []
    container: Container = Container()

    @property
    def is_gateway(self) -> bool:
        return self.name == GATEWAY

    @property
    def package(self) -> str:
        """The package with the service's code, settings and migrations."""
        return self.app.partition(":")[0].rpartition(".")[0]


@cache
def services() -> tuple[ServiceEntry, ...]:
    """Every service, the gateway first. Raises `ValidationError` where the file says what no service has."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(ServiceEntry(name=name, **entry) for name, entry in found.items())


def names() -> tuple[str, ...]:
    return tuple(service.name for service in services())


def behind_the_gateway() -> tuple[str, ...]:
    """Return the names of all services but the gateway."""
    return tuple(service.name for service in services() if not service.is_gateway)
