"""Where each request goes. The first row of the table that matches wins; what no row names is 404."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.route_table import TABLE

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
        """Return whether this row is about this path."""
        given, own = path.split("/"), self.path.split("/")
        if len(given) < len(own) or (len(given) > len(own) and not self.below):
            return False
        return all(step in ("{}", there) and there != "" for step, there in zip(own[1:], given[1:], strict=False))


def _own(*paths: str) -> tuple[Route, ...]:
    return tuple(Route(path, OWN, below=False, public=True) for path in paths)


ROUTES: Sequence[Route] = (
    *(Route(path, service, below, public, visitors) for path, service, below, public, visitors in TABLE),
    Route("/v1/accounts", OWN),
    Route("/v1/clients", OWN),
    *_own("/oauth/token", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"),
    *_own("/openapi.json", "/asyncapi.json", "/docs", "/livez", "/readyz", "/metrics"),
    Route("/docs/assets/{}", OWN, below=False, public=True),
    Route("/problems/{}", OWN, below=False, public=True),
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
    return next((route for route in _OPEN_STARTS if route.matches(path)), None)


_TABLE = _by_start()
_OPEN_STARTS = tuple(route for route in ROUTES if "{}" in _start(route.path))
"""The rows that the first two steps of a path do not lead to; they are looked at last."""
