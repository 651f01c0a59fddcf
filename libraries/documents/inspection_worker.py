"""The process that looks into files: `python -m libraries.documents.inspection_worker <limits>`."""

import json
import sys
from dataclasses import asdict
from functools import partial

from libraries.documents.inspected import CannotKeep, Limits, Unfit
from libraries.documents.inspecting import inspect
from libraries.documents.sandbox.worker import work


def answer(limits: Limits, content: bytes, _label: str) -> bytes:
    """Return the type of the file, or why it cannot be evidence, as JSON."""
    try:
        inspected = inspect(content, limits)
    except CannotKeep as problem:
        return json.dumps({"reason": problem.reason, "detail": problem.detail}).encode()
    except (MemoryError, RecursionError):
        return json.dumps({"reason": Unfit.TOO_COMPLEX, "detail": ""}).encode()
    edits = [(edit.start, edit.end, edit.instead.hex(), edit.padded) for edit in inspected.edits]
    return json.dumps({**asdict(inspected), "edits": edits}).encode()


if __name__ == "__main__":
    given = Limits(**json.loads(sys.argv[1]))
    work(lambda _setup: partial(answer, given), given)
