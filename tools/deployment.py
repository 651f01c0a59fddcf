"""Makes what is deployed of `deploy/services.yaml`, `deploy/tools.json` and the events."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import shared.contracts.events  # noqa: F401 - fills the registry
from deploy.registry import GATEWAY, RouteEntry, names, services
from deploy.tools.permissions import with_tools
from deploy.tools.table import DEPLOYED, read_tools
from shared.contracts.addresses import subject_of_tool
from shared.contracts.event import registry
from tools import dashboards

ROOT = Path(__file__).parents[1]
_TEMPLATES = ROOT / "deploy" / "templates"
_TABLE_HEAD = '''"""Where each request goes, the most particular path first.

Made by `make schemas` from deploy/services.yaml.
"""

from typing import Final

UPSTREAMS: Final = {upstreams}
"""The services behind the gateway."""

# path, service, everything below it too, without a key, with bearer tokens of the service's own
TABLE: Final[tuple[tuple[str, str, bool, bool, bool], ...]] = (
'''


def files() -> dict[Path, str]:
    """Every file that is made, with its text."""
    return {
        ROOT / "deploy" / "compose.yaml": _rendered("compose.yaml.j2"),
        ROOT / "deploy" / "nats" / "nats.conf": with_tools(_rendered("nats.conf.j2"), read_tools(DEPLOYED)),
        ROOT / "deploy" / "nginx" / "admissions.conf": _rendered("admissions.conf.j2"),
        ROOT / "deploy" / "nginx" / "upstreams.conf": _rendered("upstreams.conf.j2"),
        ROOT / "deploy" / "prometheus" / "prometheus.yaml": _rendered("prometheus.yaml.j2"),
        **dashboards.files(),
        ROOT / "gateway" / "route_table.py": route_table(),
    }


def main() -> None:
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


def subjects() -> dict[str, list[str]]:
    """The subjects that each service, and the marketplace's catalogue, may publish, in any version."""
    found: dict[str, list[str]] = {name: [] for name in (*names(), "catalogue")}
    for name, event in sorted(registry.items()):
        for producer in event.publishers:
            named = subject_of_tool("*", name) if event.to_tool else name
            subject = f"{named.rpartition('.')[0]}.*"
            if subject not in found[producer]:
                found[producer].append(subject)
    return found


def _routes() -> list[tuple[RouteEntry, str]]:
    """Every route with its service, the most particular path first."""
    rows: list[tuple[RouteEntry, str]] = [(route, service.name) for service in services() for route in service.routes]
    consumers = [service.name for service in services() if service.consumes]
    rows += [(RouteEntry(path=f"/v1/{what}/{name}"), name) for name in consumers for what in ("dead-letters", "jobs")]
    return sorted(rows, key=lambda row: (-row[0].path.count("/"), row[0].path))


def _kind(route: RouteEntry, service: str) -> str:
    return service + (":visitors" if route.visitors else ":public" if route.public else "")


def _exact_routes() -> list[tuple[str, str]]:
    """Patterns of nginx for the routes that are one path each, with what the gateway's answer depends on."""
    found = []
    for route, service in _routes():
        if route.exact:
            path = "/".join("[^/?]+" if step == "{}" else re.escape(step) for step in route.path.split("/"))
            found.append((path.replace("\\-", "-"), _kind(route, service)))
    return found


def _routes_by_start() -> tuple[list[str], dict[str, str]]:
    """The steps after /v1 below which the next one decides, and the starts of paths with what the answer depends on."""
    starts = {route.path: _kind(route, service) for route, service in _routes() if not route.exact}
    return sorted({start.split("/")[2] for start in starts if start.count("/") == 3}), starts


def route_table() -> str:
    upstreams = ", ".join(json.dumps(name) for name in names() if name != GATEWAY)
    lines = [
        f"    ({json.dumps(route.path)}, {json.dumps(name)}, {not route.exact}, {route.public}, {route.visitors}),\n"
        for route, name in _routes()
    ]
    return _TABLE_HEAD.format(upstreams=f"({upstreams})") + "".join(lines) + ")\n"


def _rendered(template: str) -> str:
    environment = Environment(  # noqa: S701 - no HTML
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    given: dict[str, Any] = {
        "services": services(),
        "names": names(),
        "subjects": subjects(),
        "exact": _exact_routes(),
        "divided": _routes_by_start()[0],
        "starts": _routes_by_start()[1],
        "quoted": json.dumps,
        "width": max(len(f"marque_{name}") for name in names()),
    }
    return environment.get_template(template).render(given)
