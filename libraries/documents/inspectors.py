"""Looking into files that are to be kept, in a process of its own."""

import json
from collections.abc import Callable
from typing import BinaryIO

from libraries.documents.images.structure import Edit
from libraries.documents.inspected import CannotKeep, Inspected, Limits, Unfit
from libraries.documents.sandbox.pool import Overran, Sandbox


class Inspectors(Sandbox[Limits]):
    """The processes that look into files."""

    def __init__(self, limits: Limits, *, at_once: int, overran: Callable[[], object] = lambda: None) -> None:
        """Args:
        overran: is called for each file whose process took too much and was ended.
        """
        super().__init__("libraries.documents.inspection_worker", limits, at_once=at_once)
        self._overran = overran

    async def inspect(self, file: BinaryIO, size: int, *, account: str) -> Inspected:
        """Return the type and size of a file. Raises `CannotKeep`."""
        try:
            found = json.loads(await self.ask(file, size, account=account))
        except Overran:
            self._overran()
            raise CannotKeep(Unfit.TOO_COMPLEX) from None
        if "reason" in found:
            raise CannotKeep(Unfit(found["reason"]), found["detail"])
        edits = [
            Edit(start, end, bytes.fromhex(instead), padded=padded)
            for start, end, instead, padded in found.pop("edits")
        ]
        return Inspected(**found, edits=edits)
