"""Why a letter that came as a file is not read."""

from libraries.documents.model import Unread
from shared.runtime.errors import MarqueError, Unprocessable


class LetterTypeUnknown(MarqueError):
    """The body is neither JSON nor a mail nor a PDF."""

    status = 415
    code = "unsupported_media_type"
    title = "Send application/json, message/rfc822 or application/pdf"


class LetterUnreadable(Unprocessable):
    """The file is damaged, or is not what its content type says."""

    code = "letter_unreadable"
    title = "The file cannot be read as what it is said to be"


class LetterEncrypted(Unprocessable):
    """The PDF opens with a password only."""

    code = "letter_encrypted"
    title = "The file is encrypted; send it without a password"


class LetterTooLong(Unprocessable):
    """The text has more characters than a letter may have."""

    code = "letter_too_long"
    title = "The letter has more than 200,000 characters"


class LetterTooManyParts(Unprocessable):
    """The mail has more parts than are read."""

    code = "letter_too_many_parts"
    title = "The mail has too many parts"


class LetterTooManyPages(Unprocessable):
    """The PDF has more pages than are read."""

    code = "letter_too_many_pages"
    title = "The PDF has too many pages"


class LetterTooComplex(Unprocessable):
    """Reading the file took more time, memory, depth or unpacking than any letter needs."""

    code = "letter_too_complex"
    title = "The file takes too much to be read"


class LetterWithoutText(Unprocessable):
    """The PDF holds pictures of a letter, and none of its characters."""

    code = "letter_without_text"
    title = "The file holds no text; send one with text, such as the document that was scanned"


REFUSALS: dict[Unread, type[MarqueError]] = {
    Unread.UNSUPPORTED_TYPE: LetterTypeUnknown,
    Unread.ENCRYPTED: LetterEncrypted,
    Unread.UNREADABLE: LetterUnreadable,
    Unread.TOO_DEEP: LetterTooComplex,
    Unread.TOO_LONG: LetterTooLong,
    Unread.TOO_MANY_PARTS: LetterTooManyParts,
    Unread.TOO_MANY_PAGES: LetterTooManyPages,
    Unread.TOO_COMPLEX: LetterTooComplex,
    Unread.WITHOUT_TEXT: LetterWithoutText,
    Unread.UNKNOWN_CHARSET: LetterUnreadable,
}
