"""Captures of the listings of report items, as they come in from screening."""

from collections.abc import Sequence

import orjson

from services.review.captures import statements
from shared.contracts.events import ListingCaptured, SellersErased
from shared.runtime.statements import Executor


async def keep_captures(connection: Executor, events: Sequence[ListingCaptured]) -> None:
    """Keep captures, and for which items they are. Tasks do not wait for them: packets show what there is."""
    await statements.KEEP_CAPTURES.run(
        connection,
        ids=[captured.capture_id for captured in events],
        hashes=[captured.hash for captured in events],
        sources=[captured.source.value for captured in events],
        captured_at=[captured.captured_at for captured in events],
        listings=[_listing(captured) for captured in events],
        images=[_json(captured.model_dump(mode="json", include={"images"})["images"]) for captured in events],
        numbers=[captured.version for captured in events],
    )
    items = [(item, captured) for captured in events for item in captured.items]
    await statements.KEEP_ITEM_CAPTURES.run(
        connection,
        item_ids=[item.item_id for item, _ in items],
        capture_ids=[captured.capture_id for _, captured in items],
        first=[item.first for item, _ in items],
        late=[item.late for item, _ in items],
        changed_from=[captured.changed_from for _, captured in items],
        changed=[_json(captured.changed) for _, captured in items],
    )


def _listing(captured: ListingCaptured) -> str:
    place = {"marketplace": captured.marketplace, "listing_id": captured.listing_id}
    return _json({**place, **captured.listing.model_dump(mode="json")})


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


async def erase_sellers(connection: Executor, events: Sequence[SellersErased]) -> None:
    """Erase sellers' names, as screening has. What is decided about them names them by the marketplace's id."""
    await statements.ERASE_SELLERS.run(
        connection, ids=[capture_id for erased in events for capture_id in erased.capture_ids]
    )
