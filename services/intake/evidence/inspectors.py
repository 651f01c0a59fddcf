"""Looking into files that are to be evidence, in a process of its own."""

import json
from typing import BinaryIO

from libraries.documents.images.structure import Edit
from libraries.documents.inspected import CannotKeep, Inspected, Limits, Unfit
from libraries.documents.sandbox.pool import Overran, Sandbox
from services.intake.sandboxes import overran


class Inspectors(Sandbox[Limits]):
    """The processes that look into evidence."""

    def __init__(self, limits: Limits, *, at_once: int) -> None:
        super().__init__(f"{__package__}.worker", limits, at_once=at_once)

    async def inspect(self, file: BinaryIO, size: int, *, account: str) -> Inspected:
        """Return the type and size of a file. Raises `CannotKeep`."""
        try:
            found = json.loads(await self.ask(file, size, account=account))
        except Overran:
            overran.labels("inspecting").inc()
            raise CannotKeep(Unfit.TOO_COMPLEX) from None
        if "reason" in found:
            raise CannotKeep(Unfit(found["reason"]), found["detail"])
        edits = [
            Edit(start, end, bytes.fromhex(instead), padded=padded)
            for start, end, instead, padded in found.pop("edits")
        ]
        return Inspected(**found, edits=edits)
