"""Why a whole file is not taken. Nothing of it is kept then; what is wrong with single rows stands beside them."""

from shared.runtime.errors import Conflict, MarqueError, NotFound, Unprocessable


class ImportNotFound(NotFound):
    """The caller has no import with this id."""

    code = "import_not_found"
    title = "Import not found"


class ImportOver(Conflict):
    """Every row has been filed or refused; there is nothing left to cancel."""

    code = "import_over"
    title = "The import is over"


class TooManyImports(Conflict):
    """The account has as many imports at work as it may have."""

    code = "too_many_imports"
    title = "Too many imports of this account are at work"


class ImportTypeUnknown(MarqueError):
    """The body is neither CSV nor JSON Lines."""

    status = 415
    code = "unsupported_media_type"
    title = "Send text/csv or application/x-ndjson"


class ImportEmpty(Unprocessable):
    """There is no row in the file."""

    code = "import_empty"
    title = "The file has no row"


class ImportNotText(Unprocessable):
    """The file is not in the encoding that its byte order mark or its content type says, nor in UTF-8."""

    code = "import_encoding"
    title = "The file is not text in UTF-8"


class ImportColumnsWrong(Unprocessable):
    """A column is unknown, named twice, or missing."""

    code = "import_columns_wrong"
    title = "The columns are not those that such a file has"


class ImportMalformed(Unprocessable):
    """The rows cannot be told apart."""

    code = "import_malformed"
    title = "The rows cannot be told apart"


class ImportTooManyRows(Unprocessable):
    """The file has more rows than one import may have."""

    code = "import_too_many_rows"
    title = "The file has too many rows"


class ImportGone(Conflict):
    """The file took so long to come that what had come of it was cleared away."""

    code = "import_gone"
    title = "The upload stood still for too long"
