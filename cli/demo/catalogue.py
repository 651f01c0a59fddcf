"""The demonstration's marketplace: it makes a small catalogue, tells the platform of it, and serves its pictures."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

from cli.demo.notices import Notice, to_own
from cli.demo.pictures import picture
from deploy.local.api import Api

LISTINGS_AT_ONCE = 200
_GOODS = (
    ("Trail shoe", "shoes", 3999, "A light shoe with a grooved sole. Sizes 36 to 46, new, in its box.", "shoe|sneaker"),
    ("Shoulder bag", "bags", 2450, "Zip pocket inside, adjustable strap, colour as in the picture.", "bag|basket|korb"),
    ("Desk lamp", "electronics", 1890, "Bends both ways, takes an E14 bulb. The plug is for Europe.", "lamp|leuchte"),
    (
        "Printed poster",
        None,
        1290,
        "On heavy paper, rolled in a tube. Sharp up to the border.",
        "[fp]hoto|illustra|ilustra",
    ),
    (
        "Headphones",
        "electronics",
        4490,
        "Wireless, with a case. Up to 30 hours on one charge.",
        "headphone|kopfh|casque",
    ),
    ("Wooden toy", "toys", 1575, "Made of beech, painted, for children from three years on.", "toy|spielzeug|juguete"),
)
"""Each with its category, its price in cents, what the seller says, and what a notice calls it."""
_COLOURS = (("blue", "#2f5d8a"), ("red", "#a63d40"), ("green", "#4a7c59"), ("sand", "#c8a165"), ("plum", "#6d4c6f"))
_SELLERS = (
    ("d-101", "Bright Harbour Trading", "CN", "2025-11-03"), ("d-102", "Lumen & Co", "PL", "2023-04-18"),
    ("d-103", "Fairway Deals", "GB", "2026-02-27"), ("d-104", "Kontor Nord", "DE", "2021-09-09"),
)  # fmt: skip
_MARKETPLACES = {"demonstration.example": "demonstration"}
_OTHERS = "code-host"


@dataclass
class Catalogue:
    """Use as an asynchronous context manager: pictures can be fetched while it is open."""

    operator: Api
    url: str = ""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Marketplace and listing id of what the platform was told of."""
    _runner: web.AppRunner | None = None
    _pictures: dict[str, bytes] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/pictures/{goods}-{colour}-{view}.png", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/pictures"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def tell(self, notices: Iterable[Notice]) -> int:
        """Put what the notices complain of into the store of listings, as its marketplace; how many there are."""
        listings = {
            (one["marketplace"], one["listing_id"]): one for notice in notices for one in self._complained_of(notice)
        }
        bodies = list(listings.values())
        for first in range(0, len(bodies), LISTINGS_AT_ONCE):
            await self.operator.post("/v1/listings", {"listings": bodies[first : first + LISTINGS_AT_ONCE]})
        self.told |= listings.keys()
        return len(listings)

    def _complained_of(self, notice: Notice) -> Iterator[dict[str, Any]]:
        for item in notice.parsed["draft"]["items"]:
            if item["listing_id"]:
                yield self.listing(to_own(item["url"]), item["listing_id"], notice.text)

    def listing(self, url: str, listing_id: str, about: str) -> dict[str, Any]:
        """Make up a listing of what a text is about; of one address and text it is the same each time."""
        draw = zlib.crc32(url.encode())
        (colour, _), seller = _COLOURS[draw // 7 % len(_COLOURS)], _SELLERS[draw // 11 % len(_SELLERS)]
        meant = (n for n, (*_, words) in enumerate(_GOODS) if re.search(words, about, re.IGNORECASE))
        goods = next(meant, draw % len(_GOODS))
        name, category, price, description, _ = _GOODS[goods]
        listed = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(hours=draw % 4000)
        return {
            "marketplace": _MARKETPLACES.get(urlsplit(url).hostname or "", _OTHERS),
            "listing_id": listing_id,
            "url": url,
            "title": f"{name}, {colour}",
            "description": description,
            "category": category,
            "price": {"amount": price + draw % 900, "currency": "EUR"},
            "markets": ["DE", "FR"],
            "images": [{"url": f"{self.url}/{goods}-{colour}-{view}.png"} for view in range(1 + draw % 3)],
            "seller": dict(zip(("seller_id", "name", "country", "since"), seller, strict=True)),
            "listed_at": listed.isoformat(),
            "updated_at": datetime.now(UTC).isoformat(),
        }

    async def _serve(self, request: web.Request) -> web.Response:
        goods, view = int(request.match_info["goods"]), int(request.match_info["view"])
        colours = dict(_COLOURS)
        colour = request.match_info["colour"]
        if goods >= len(_GOODS) or view > 2 or colour not in colours:
            raise web.HTTPNotFound
        if request.path not in self._pictures:
            self._pictures[request.path] = picture(_GOODS[goods][0], goods, colours[colour], view)
        return web.Response(body=self._pictures[request.path], content_type="image/png")
