"""Where each request goes. The first row of the table that matches wins; what no row names is 404."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OWN: Final = "gateway"


@dataclass(frozen=True, slots=True)
class Route:
    """A path, with `{}` for one step of it, and the service behind it.

    Attributes:
        below: whether it stands for all paths below it too.
        public: whether it can be asked without a key.
        visitors: whether the service is told, signed, from which address such a request comes, and gets the bearer
            token that it gave out itself.
    """

    path: str
    service: str
    below: bool = True
    public: bool = False
    visitors: bool = False

    def matches(self, path: str) -> bool:
        """Whether this row is about this path."""
        given, own = path.split("/"), self.path.split("/")
        if len(given) < len(own) or (len(given) > len(own) and not self.below):
            return False
        return all(step in ("{}", there) and there != "" for step, there in zip(own[1:], given[1:], strict=False))


def _to(service: str, *paths: str) -> tuple[Route, ...]:
    return tuple(Route(path, service) for path in paths)


def _own(*paths: str) -> tuple[Route, ...]:
    return tuple(Route(path, OWN, below=False, public=True) for path in paths)


ROUTES: Sequence[Route] = (
    Route("/v1/service-levels", "intake", public=True),
    Route("/v1/rights/import", "intake", below=False),
    Route("/v1/evidence/{}/content", "intake", below=False, public=True),
    Route("/v1/public/notices", "intake", public=True, visitors=True),
    Route("/v1/decisions/{}/statement-of-reasons", "notify", below=False),
    Route("/v1/reports/parse", "intake", below=False),
    *_to("intake", "/v1/public-notices", "/v1/rights", "/v1/authorities", "/v1/reports", "/v1/evidence", "/v1/imports"),
    *_to("intake", "/v1/standing", "/v1/limits"),
    *_to("review", "/v1/queues", "/v1/tasks", "/v1/leases", "/v1/policies", "/v1/decisions", "/v1/enforcements"),
    *_to("escalation", "/v1/escalations", "/v1/severity-rules", "/v1/severities"),
    *_to("notify", "/v1/events", "/v1/webhook-endpoints", "/v1/deliveries"),
    *(Route(f"/v1/dead-letters/{name}", name) for name in ("intake", "review", "escalation", "notify")),
    *_to(OWN, "/v1/accounts", "/v1/clients"),
    *_own("/oauth/token", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"),
    *_own("/openapi.json", "/asyncapi.json", "/docs", "/livez", "/readyz", "/metrics"),
    Route("/docs/assets/{}", OWN, below=False, public=True),
)


def _by_start() -> dict[str, tuple[Route, ...]]:
    """The rows by the first two steps of their paths, in their order, so that a look-up tries few of them."""
    rows: dict[str, list[Route]] = {}
    for route in ROUTES:
        rows.setdefault(_start(route.path), []).append(route)
    return {start: tuple(found) for start, found in rows.items()}


def _start(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])


def find(path: str) -> Route | None:
    """The row for a path."""
    for route in _TABLE.get(_start(path), ()):
        if route.path == path or route.matches(path):
            return route
    return None


_TABLE = _by_start()
