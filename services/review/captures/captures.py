"""Captures of the listings of report items, as they come in from screening."""

import orjson

from services.review.captures import statements
from shared.contracts.events import ListingCaptured, SellersErased
from shared.runtime.statements import Executor


async def keep_capture(connection: Executor, captured: ListingCaptured) -> None:
    """Keep a capture, and for which items it is. It is not awaited by their tasks: packets show what there is."""
    document = captured.model_dump(mode="json", include={"listing", "images"})
    place = {"marketplace": captured.marketplace, "listing_id": captured.listing_id}
    await statements.KEEP_CAPTURE.run(
        connection,
        id=captured.capture_id,
        hash=captured.hash,
        source=captured.source.value,
        captured_at=captured.captured_at,
        listing=orjson.dumps({**place, **document["listing"]}).decode(),
        images=orjson.dumps(document["images"]).decode(),
        number=captured.version,
    )
    await statements.KEEP_ITEM_CAPTURES.run(
        connection,
        capture_id=captured.capture_id,
        changed_from=captured.changed_from,
        changed=orjson.dumps(captured.changed).decode(),
        item_ids=[item.item_id for item in captured.items],
        first=[item.first for item in captured.items],
        late=[item.late for item in captured.items],
    )


async def erase_sellers(connection: Executor, erased: SellersErased) -> None:
    """Erase sellers' names, as screening has. What is decided about them names them by the marketplace's id."""
    await statements.ERASE_SELLERS.run(connection, ids=list(erased.capture_ids))
