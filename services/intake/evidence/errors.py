"""Why a file is not taken as evidence, and why evidence is not shown."""

from libraries.documents.inspected import Unfit
from shared.runtime.errors import BadRequest, Conflict, MarqueError, NotFound, Unprocessable


class EvidenceNotFound(NotFound):
    """The caller has no evidence with this id."""

    code = "evidence_not_found"
    title = "Evidence not found"


class NotMultipart(MarqueError):
    """The body is no form with a file."""

    status = 415
    code = "unsupported_media_type"
    title = "Send multipart/form-data with one file, in a field named file"


class MalformedForm(BadRequest):
    """The form cannot be taken apart, or holds something else than one file."""

    code = "malformed_form"
    title = "The body is not a form with one file, in a field named file"


class EvidenceEmpty(Unprocessable):
    """The file has no content."""

    code = "evidence_empty"
    title = "The file is empty"


class EvidenceTypeUnknown(MarqueError):
    """The content of the file is of no kind that reviewers can look at."""

    status = 415
    code = "evidence_type_unknown"
    title = "The file is none of PNG, JPEG, GIF, WebP, PDF or plain text in UTF-8, by its content"


class EvidenceBroken(Unprocessable):
    """The file is damaged."""

    code = "evidence_broken"
    title = "The file is damaged; send it as it was made"


class EvidenceEncrypted(Unprocessable):
    """The PDF opens with a password only."""

    code = "evidence_encrypted"
    title = "The file is encrypted; send it without a password"


class EvidenceTwoThings(Unprocessable):
    """The file is something else to another reader."""

    code = "evidence_two_things"
    title = "The file is two things at once; send each by itself"


class EvidenceTooManyPages(Unprocessable):
    """The PDF has more pages than evidence may have."""

    code = "evidence_too_many_pages"
    title = "The PDF has too many pages; send those that matter"


class EvidenceTooManyPixels(Unprocessable):
    """The image is larger than anything that can be looked at."""

    code = "evidence_too_many_pixels"
    title = "The image has too many pixels; send a smaller one"


class EvidenceTooComplex(Unprocessable):
    """Looking into the file took more time or memory than any evidence needs."""

    code = "evidence_too_complex"
    title = "The file takes too much to be looked into"


class EvidenceShowsPlace(Unprocessable):
    """A photograph in the PDF says where it was taken, in a way in which that cannot be hidden from others."""

    code = "evidence_shows_place"
    title = "A photograph in the PDF says where it was taken; send the photograph itself, or the PDF without the place"


class TooMuchEvidence(Conflict):
    """The account has uploaded too many files that nothing refers to."""

    code = "too_much_evidence"
    title = "Too many files of yours are referred to by nothing"


class EvidenceInUse(Conflict):
    """Something refers to the evidence, or is about to."""

    code = "evidence_in_use"
    title = "Something refers to the evidence, or is about to"


REFUSALS: dict[Unfit, type[MarqueError]] = {
    Unfit.EMPTY: EvidenceEmpty,
    Unfit.UNSUPPORTED_TYPE: EvidenceTypeUnknown,
    Unfit.BROKEN: EvidenceBroken,
    Unfit.ENCRYPTED: EvidenceEncrypted,
    Unfit.TWO_THINGS: EvidenceTwoThings,
    Unfit.TOO_MANY_PAGES: EvidenceTooManyPages,
    Unfit.TOO_MANY_PIXELS: EvidenceTooManyPixels,
    Unfit.TOO_COMPLEX: EvidenceTooComplex,
    Unfit.SHOWS_PLACE: EvidenceShowsPlace,
}
