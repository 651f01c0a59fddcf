"""Reading notices in processes of their own: plain text no less than mails and PDFs."""

import io

from libraries.documents.model import CannotRead, Limits, Unread
from libraries.documents.sandbox.pool import Overran, Sandbox
from libraries.notices import MarketplaceUrls
from services.intake.parsing.outcome import REFUSED
from services.intake.sandboxes import overran


class Readers(Sandbox[Limits]):
    """The processes that read notices."""

    def __init__(self, limits: Limits, urls: MarketplaceUrls, *, at_once: int) -> None:
        setup = urls.model_dump_json().encode()
        super().__init__(f"{__package__}.worker", limits, at_once=at_once, setup=setup)

    async def read(self, content: bytes, media_type: str, *, account: str) -> bytes:
        """Return what a notice says, as JSON in the form of the API's answer. Raises `CannotRead`."""
        try:
            found = await self.ask(io.BytesIO(content), len(content), label=media_type, account=account)
        except Overran:
            overran.labels("reading").inc()
            raise CannotRead(Unread.TOO_COMPLEX) from None
        if found.startswith(REFUSED):
            raise CannotRead(Unread(found[1:].decode()))
        return found[1:]
