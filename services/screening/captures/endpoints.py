"""Captures over the API: what a listing looked like when it was reported."""

from typing import Annotated, Any

from fastapi import Path, Query

from libraries.notices.address import normal_id
from services.screening.captures import reading
from services.screening.captures.documents import read_document
from services.screening.captures.reading import CaptureNotFound
from services.screening.captures.schemas import CaptureDetailOut, CaptureOut
from services.screening.captures.tables import Capture
from services.screening.listings.listing_body import Key
from shared.contracts.codes import Scope
from shared.contracts.ids import CaptureId
from shared.runtime import problems
from shared.runtime.identity import operator
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["captures"])
TheCapture = Annotated[CaptureId, Path(description="The capture's id")]


@routes.get(
    "/v1/captures",
    summary="List captures",
    operation_id="list_captures",
    dependencies=[operator(Scope.LISTINGS_READ)],
    responses=problems.responses(CursorInvalid),
)
async def list_captures(
    paging: Paged,
    session: Session,
    marketplace: Annotated[Key, Query(description="Of this marketplace")],
    listing_id: Annotated[Key, Query(description="Of this listing")],
) -> Page[CaptureOut]:
    """The captures of a listing, newest first. One that waits for its pictures is not there yet."""
    found, cursor = await reading.list_captures(
        session, marketplace=marketplace, listing_id=normal_id(listing_id), paging=paging
    )
    return Page(data=[CaptureOut.model_validate(_facts(one)) for one in found], next_cursor=cursor)


@routes.get(
    "/v1/captures/{capture_id}",
    summary="Read a capture",
    operation_id="read_capture",
    dependencies=[operator(Scope.LISTINGS_READ)],
    responses=problems.responses(CaptureNotFound),
)
async def read_capture(capture_id: TheCapture, session: Session) -> CaptureDetailOut:
    """One version of a listing, as it was when it was captured, with the document that its hash is of."""
    capture = await reading.find_capture(session, capture_id)
    return CaptureDetailOut.model_validate(
        {**_facts(capture), "document": capture.document,
         "seller_salt": capture.seller_salt and capture.seller_salt.hex()}
    )  # fmt: skip


def _facts(capture: Capture) -> dict[str, Any]:
    listing, images = read_document(capture.document, capture.seller_name)
    return {
        "id": capture.id, "hash": (capture.hash or b"").hex(), "marketplace": capture.marketplace,
        "listing_id": capture.listing_id, "source": capture.source, "captured_at": capture.captured_at,
        "title": listing.title, "state": listing.state, "listing": listing.model_dump(),
        "images": [image.model_dump() for image in images],
    }  # fmt: skip
