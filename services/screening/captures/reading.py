"""Captures as the operator reads them."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures.tables import Capture, CapturePicture
from shared.contracts.ids import CaptureId
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.pagination import Paging, paginate


class CaptureNotFound(NotFound):
    """No capture has this id, or it waits for its pictures."""

    code = "capture_not_found"
    title = "Capture not found"


class PictureNotFound(NotFound):
    """The capture has no such picture."""

    code = "picture_not_found"
    title = "Picture not found"


class PictureErased(MarqueError):
    """The picture was kept for as long as the operator keeps pictures; its hash stays."""

    status = 410
    code = "picture_erased"
    title = "The picture has been erased"


async def list_captures(
    session: AsyncSession, *, marketplace: str, listing_id: str, paging: Paging
) -> tuple[list[Capture], str | None]:
    """Return a page of the captures of a listing, newest first."""
    statement = select(Capture).where(Capture.marketplace == marketplace, Capture.listing_id == listing_id)
    return await paginate(session, statement.where(col(Capture.hash).is_not(None)), Capture.id, paging)


async def find_capture(session: AsyncSession, capture_id: CaptureId) -> Capture:
    """Return a capture. Raises `CaptureNotFound`."""
    capture = await session.get(Capture, capture_id)
    if capture is None or capture.hash is None:
        raise CaptureNotFound
    return capture


async def find_picture(
    session: AsyncSession, capture_id: CaptureId, sha256: str, *, own: bool = False
) -> CapturePicture:
    """Return a picture of a complete capture by its file; where `own`, not one that is evidence.

    Raises `PictureNotFound`, `PictureErased`.
    """
    statement = select(CapturePicture).join(Capture, col(Capture.id) == col(CapturePicture.capture_id))
    of_capture = statement.where(CapturePicture.capture_id == capture_id, col(Capture.hash).is_not(None))
    if own:
        of_capture = of_capture.where(col(CapturePicture.evidence_id).is_(None))
    found = await session.exec(of_capture.where(CapturePicture.sha256 == sha256).order_by(col(CapturePicture.place)))
    picture = found.first()
    if picture is None:
        raise PictureNotFound
    if picture.erased:
        raise PictureErased
    return picture
