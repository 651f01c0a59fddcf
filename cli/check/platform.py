"""Where the platform is, who its services are, and what each of them subscribes to."""

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy import registry
from shared.runtime.database import service_url
from shared.runtime.subscribers import Subscribers

SERVICES = registry.names()


class NotFoundError(Exception):
    """There is no platform to check; says where it was looked for."""


@dataclass(frozen=True)
class Platform:
    """The databases of a platform, by service, the events that each service hears, and where files are kept."""

    urls: dict[str, str]
    hears: dict[str, frozenset[str]]
    evidence_url: str | None = None
    capture_url: str | None = None


def find_platform() -> Platform:
    """The platform of the environment, or of the home in which the local runner keeps it. Raises `NotFoundError`."""
    if "MARQUE_DATABASE_URL" in os.environ:
        return _platform_of(os.environ)
    return _platform_of(_recorded())


def platform_at(server_url: str, evidence_url: str | None = None, capture_url: str | None = None) -> Platform:
    """The platform whose services have their databases on this server."""
    return Platform(
        {name: service_url(server_url, name) for name in SERVICES},
        {name: _subjects(name) for name in SERVICES},
        evidence_url,
        capture_url,
    )


def _platform_of(environment: Mapping[str, str]) -> Platform:
    stores = environment.get("MARQUE_EVIDENCE_URL"), environment.get("MARQUE_CAPTURE_URL")
    return platform_at(environment["MARQUE_DATABASE_URL"], *stores)


def _recorded() -> dict[str, str]:
    path = Path(os.environ.get("MARQUE_HOME", ".marque")) / "platform.json"
    try:
        environment: dict[str, str] = json.loads(path.read_text())["environment"]
        return {**environment, "MARQUE_DATABASE_URL": environment["MARQUE_DATABASE_URL"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(
            f"MARQUE_DATABASE_URL is not set, and {path} does not tell of a running platform ({type(error).__name__})"
        ) from error


def _subjects(service: str) -> frozenset[str]:
    """The events that a service hears, from its own table of them."""
    if service == "gateway":
        return frozenset()
    subscribers: Subscribers = importlib.import_module(f"services.{service}.subscribers").subscribers
    return frozenset(subscribers.names)
