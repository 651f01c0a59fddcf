"""Captures as the operator reads them."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures.tables import Capture
from shared.contracts.ids import CaptureId
from shared.runtime.errors import NotFound
from shared.runtime.pagination import Paging, paginate


class CaptureNotFound(NotFound):
    """No capture has this id, or it waits for its pictures."""

    code = "capture_not_found"
    title = "Capture not found"


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
