"""The process that reads letters: `python -m services.intake.domain.letters.worker <limits>`."""

import json
import sys
from dataclasses import asdict
from functools import partial

from services.intake.domain.letters import mail, pdf
from services.intake.domain.letters.model import PDF, CannotRead, Letter, Limits, Part, Unread
from services.intake.domain.sandbox.worker import work


def letter_of(content: bytes, media_type: str, limits: Limits) -> Letter:
    """The text of a file. Raises `CannotRead`."""
    if media_type == PDF:
        return Letter(pdf.text_of(content, limits), [Part(None, PDF, read=True)])
    return mail.letter_of(content, limits)


def answer(limits: Limits, content: bytes, media_type: str) -> bytes:
    """What goes back: a letter, or why there is none, as JSON."""
    try:
        found = asdict(letter_of(content, media_type, limits))
    except CannotRead as problem:
        found = {"reason": problem.reason}
    except (MemoryError, RecursionError):
        found = {"reason": Unread.TOO_COMPLEX}
    return json.dumps(found).encode()


if __name__ == "__main__":
    given = Limits(**json.loads(sys.argv[1]))
    work(partial(answer, given), given)
