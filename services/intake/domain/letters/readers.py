"""Reading letters that come as files, in a process of their own."""

import io

from services.intake.domain.letters.model import CannotRead, Letter, Limits, Part, Unread
from services.intake.domain.sandbox.pool import Overran, Sandbox


class Readers(Sandbox[Limits]):
    """The processes that read letters."""

    def __init__(self, limits: Limits, *, at_once: int) -> None:
        super().__init__(f"{__package__}.worker", limits, at_once=at_once)

    async def read(self, content: bytes, media_type: str) -> Letter:
        """The text of a file. Raises `CannotRead`."""
        try:
            found = await self.ask(io.BytesIO(content), len(content), media_type)
        except Overran:
            raise CannotRead(Unread.TOO_COMPLEX) from None
        if "reason" in found:
            raise CannotRead(Unread(found["reason"]))
        return Letter(found["text"], [Part(**part) for part in found["parts"]])
