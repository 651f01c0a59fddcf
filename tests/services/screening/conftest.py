"""The screening service, a marketplace that puts its listings in, and those who report them."""

from typing import Any

import httpx
import pytest

from services.screening.listings.listing_body import EXAMPLE
from shared.contracts.events import ListingCaptured, ListingsKept, ReportSubmitted
from shared.contracts.things import Listing, ReportedItem
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import a_report

SHOP = "shop.example"


def report(*ids: str, **changes: Any) -> ReportSubmitted:
    """A report of these listings of the marketplace."""
    filed = a_report(*ids)
    items = [
        ReportedItem(
            item_id=item.item_id,
            listing=Listing(marketplace=SHOP, listing_id=item.listing.listing_id, url=item.listing.url),
        )
        for item in filed.items
    ]
    return filed.model_copy(update={"items": items, **changes})


def listing(**changes: Any) -> dict[str, Any]:
    return {**EXAMPLE, **changes}


class Screening:
    """A running screening service with the operator at hand."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.operator = running.as_("marketplace")

    async def put(self, *listings: Any, **more: Any) -> list[dict[str, Any]]:
        """How it went with each of these listings."""
        answer = await self.operator.post("/v1/listings", json={"listings": list(listings)}, **more)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def statuses(self, *listings: Any) -> list[str]:
        return [result["status"] for result in await self.put(*listings)]

    async def read(self, *ids: str, marketplace: str = "shop.example") -> list[dict[str, Any]]:
        answer = await self.asked(marketplace=marketplace, listing_id=list(ids))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def asked(self, **params: Any) -> httpx.Response:
        return await self.operator.get("/v1/listings", params=params)

    async def kept(self) -> list[list[tuple[str, int]]]:
        """What the others were told: of each event the listings, and their own count."""
        events = await self.running.recorded(ListingsKept)
        return [[(one.listing_id, one.version) for one in event.listings] for event in events]

    async def captured(self, count: int) -> list[ListingCaptured]:
        """The events of captures, once there are so many of them."""

        async def there() -> list[ListingCaptured]:
            found = await self.running.recorded(ListingCaptured)
            return found if len(found) >= count else []

        found: list[ListingCaptured] = await self.running.eventually(there)
        assert len(found) == count
        return found

    async def settled(self) -> None:
        """Wait until everything that is on the stream by now has had its effect."""
        marker = report("marker of the tests")
        await self.running.publish(marker)
        item_id = marker.items[0].item_id
        known = "SELECT count(*) FROM reported_items WHERE item_id = $1"
        await self.running.eventually(lambda: self.value(known, item_id))

    async def value(self, statement: str, *arguments: Any) -> Any:
        async with self.running.database.pool.acquire() as connection:
            return await connection.fetchval(statement, *arguments)


@pytest.fixture
async def screening(start_service: StartService) -> Screening:
    return await start_screening(start_service)


async def start_screening(start_service: StartService, **settings: str) -> Screening:
    """One whose pictures may be on this machine."""
    quick = {"consumer_tries": "2", "consumer_pause": "0.01", "capture_allow_loopback": "true"}
    return Screening(await start_service("screening", **{**quick, **settings}))
