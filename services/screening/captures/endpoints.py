"""Captures over the API: what a listing looked like when it was reported."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from libraries.notices.address import normal_id
from services.screening.captures import reading
from services.screening.captures.documents import read_document
from services.screening.captures.reading import CaptureNotFound, PictureErased, PictureNotFound
from services.screening.captures.schemas import CaptureDetailOut, CaptureOut, PictureLinkOut
from services.screening.captures.tables import Capture
from services.screening.listings.listing_body import Key
from services.screening.resources import CurrentService
from shared.contracts.codes import Scope
from shared.contracts.ids import CaptureId, EvidenceId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Unavailable
from shared.runtime.evidence_links import EvidenceCopy, LinkExpired, LinkInvalid
from shared.runtime.identity import operator
from shared.runtime.opened_files import ENDINGS, opened
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["captures"])
streaming_routes = router(tags=["captures"], transactional=False)
TheCapture = Annotated[CaptureId, Path(description="The capture's id")]
TheFile = Annotated[str, Path(pattern="^[0-9a-f]{64}$", max_length=64, description="SHA-256 of the picture's file")]
_PICTURES = [media_type for media_type in ENDINGS if media_type.startswith("image/")]
_FILE = {"schema": {"type": "string", "format": "binary", "maxLength": 104_857_600}}


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


@routes.get(
    "/v1/captures/{capture_id}/images/{sha256}",
    summary="Make a link to a picture",
    operation_id="link_captured_picture",
    dependencies=[operator(Scope.LISTINGS_READ)],
    responses=problems.responses(PictureNotFound, PictureErased),
)
async def link_captured_picture(
    capture_id: TheCapture, sha256: TheFile, session: Session, service: CurrentService, now: Now
) -> PictureLinkOut:
    """An address that opens the picture for a few minutes. One that is evidence opens as evidence does."""
    picture = await reading.find_picture(session, capture_id, sha256)
    links = service.resources.links
    if picture.evidence_id is None:
        link = links.make_picture(capture_id, sha256, now=now)
    else:
        link = links.make(EvidenceId(picture.evidence_id), EvidenceCopy.SHARED, now=now)
    return PictureLinkOut(url=link.url, expires_at=link.expires_at)


@streaming_routes.get(
    "/v1/captures/{capture_id}/images/{sha256}/content",
    summary="Open a picture by a link",
    operation_id="open_captured_picture",
    response_class=Response,
    responses={
        200: {"description": "The picture", "content": dict.fromkeys(_PICTURES, _FILE)},
        **problems.responses(PictureNotFound, PictureErased, LinkInvalid, LinkExpired, Unavailable),
    },
)
async def open_captured_picture(
    capture_id: TheCapture,
    sha256: TheFile,
    service: CurrentService,
    expires: Annotated[int | None, Query(ge=0, le=2**40, description="As the link says")] = None,
    signature: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", max_length=64, description="As the link says")
    ] = None,
) -> Response:
    """The picture that a link is for. Needs no key."""
    resources = service.resources
    now = service.clock.now()
    left = resources.links.check_picture(capture_id, sha256, expires=expires, signature=signature, now=now)
    async with service.database.transaction() as session:
        picture = await reading.find_picture(session, capture_id, sha256, own=True)
    if picture.media_type is None or picture.size is None:
        raise PictureNotFound
    pieces = await resources.pictures.objects.open(sha256)
    return opened(pieces, name=sha256, media_type=picture.media_type, size=picture.size, lasts=left)


def _facts(capture: Capture) -> dict[str, Any]:
    listing, images = read_document(capture.document, capture.seller_name)
    return {
        "id": capture.id, "hash": (capture.hash or b"").hex(), "marketplace": capture.marketplace,
        "listing_id": capture.listing_id, "source": capture.source, "captured_at": capture.captured_at,
        "title": listing.title, "state": listing.state,
        "seller_erased_at": capture.seller_erased_at, "pictures_erased_at": capture.pictures_erased_at,
        "listing": listing.model_dump(),
        "images": [image.model_dump() for image in images],
    }  # fmt: skip
