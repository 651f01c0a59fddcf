"""The process that reads notices: `python -m services.intake.parsing.worker <limits>`.

Its setup are the marketplace's addresses, as JSON; the label of each file is its media type.
"""

import json
import sys
from functools import partial

from pydantic_core import to_json

from libraries.documents.mail import reading as mail
from libraries.documents.model import MAIL, PDF, CannotRead, Document, Limits, Unread
from libraries.documents.pdf import reading as pdf
from libraries.documents.sandbox.worker import Answer, work
from libraries.notices import MarketplaceUrls
from services.intake.parsing import drafts
from services.intake.parsing.outcome import READ, REFUSED


def answer(limits: Limits, urls: MarketplaceUrls, content: bytes, media_type: str) -> bytes:
    """Return what a notice says, as JSON in the form of the API's answer, or why it is not read."""
    try:
        if media_type not in {MAIL, PDF}:
            return READ + to_json(drafts.read_notice(content.decode(), urls))
        return READ + to_json(drafts.read_file(read_document(content, media_type, limits), urls))
    except CannotRead as problem:
        return REFUSED + problem.reason.encode()
    except (MemoryError, RecursionError):
        return REFUSED + Unread.TOO_COMPLEX.encode()


def read_document(content: bytes, media_type: str, limits: Limits) -> Document:
    """Return the text of a file. Raises `CannotRead`."""
    return pdf.read_pdf(content, limits) if media_type == PDF else mail.read_mail(content, limits)


def prepared(limits: Limits, setup: bytes) -> Answer:
    """Return the function that answers, for a marketplace."""
    return partial(answer, limits, MarketplaceUrls.model_validate_json(setup))


if __name__ == "__main__":
    given = Limits(**json.loads(sys.argv[1]))
    work(partial(prepared, given), given)
