"""Tell the type of a file by its content, whatever it is called, and whether it can be evidence."""

import io

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from libraries.documents.images.looking import MOST_EDITS, look_at
from libraries.documents.images.structure import Image, ImageBroken
from libraries.documents.inspected import PDF, TEXT, CannotKeep, Inspected, Limits, Unfit
from libraries.documents.other_readers import opens_as_zip
from libraries.documents.pdf.images import blanked, shows_place
from libraries.documents.pdf.reading import STUMBLES
from libraries.documents.plain_text import is_plain_text

_WHERE_PDF_BEGINS = 1024
_ARCHIVE = b"PK"  # also a document of an office program, which is nothing else


def inspect(content: bytes, limits: Limits) -> Inspected:
    """Return the type and size of a file. Raises `CannotKeep`.

    An image is not decoded and no page of a PDF is drawn. A file that is a second thing to another reader is refused:
    what a reviewer sees has to be what was checked.
    """
    if not content:
        raise CannotKeep(Unfit.EMPTY)
    if opens_as_zip(content):
        if content.startswith(_ARCHIVE):
            raise CannotKeep(Unfit.UNSUPPORTED_TYPE)
        raise CannotKeep(Unfit.TWO_THINGS, "An unpacker takes it for an archive.")
    try:
        image = look_at(content)
    except ImageBroken as broken:
        raise CannotKeep(Unfit.BROKEN, str(broken)) from None
    if image is not None:
        return _of_image(image, limits)
    if content[:_WHERE_PDF_BEGINS].lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-"):
        return _of_pdf(content, limits)
    if is_plain_text(content):
        return Inspected(TEXT)
    if b"%PDF-" in content[:_WHERE_PDF_BEGINS]:
        raise CannotKeep(Unfit.TWO_THINGS, "It is a PDF with something else before its beginning.")
    raise CannotKeep(Unfit.UNSUPPORTED_TYPE)


def _of_image(image: Image, limits: Limits) -> Inspected:
    if image.pixels > limits.pixels:
        raise CannotKeep(Unfit.TOO_MANY_PIXELS, f"It has {image.pixels:,} pixels; the limit is {limits.pixels:,}.")
    return Inspected(image.media_type, image.width, image.height, edits=list(image.edits))


def _of_pdf(content: bytes, limits: Limits) -> Inspected:
    edits = blanked(content)
    if len(edits) > MOST_EDITS:
        raise CannotKeep(Unfit.TOO_COMPLEX)
    copy = bytearray(content)
    for edit in edits:
        copy[edit.start : edit.end] = edit.written
    try:
        reader = PdfReader(io.BytesIO(bytes(copy)))
        # Many files are encrypted so as to forbid printing, and open without a password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise CannotKeep(Unfit.ENCRYPTED)
        pages = _pages(reader, limits)
        if shows_place(reader):
            raise CannotKeep(Unfit.SHOWS_PLACE)
    except (DependencyError, FileNotDecryptedError):
        raise CannotKeep(Unfit.ENCRYPTED) from None
    except (LimitReachedError, RecursionError, MemoryError):
        raise CannotKeep(Unfit.TOO_COMPLEX) from None
    except STUMBLES:
        raise CannotKeep(Unfit.BROKEN, "Its structure is damaged.") from None
    return Inspected(PDF, pages=pages, edits=edits)


def _pages(reader: PdfReader, limits: Limits) -> int:
    pages = len(reader.pages)
    if pages > limits.pages:
        raise CannotKeep(Unfit.TOO_MANY_PAGES, f"It has {pages:,} pages; the limit is {limits.pages:,}.")
    if pages == 0 or reader.pages[pages - 1].get_object() is None:
        raise CannotKeep(Unfit.BROKEN, "It has no page.")
    return pages
