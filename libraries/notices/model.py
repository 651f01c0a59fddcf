"""The parser's results, in the words of `POST /v1/reports/parse`."""

from enum import StrEnum, unique

from pydantic import BaseModel, ConfigDict

from libraries.notices.marketplace import ListingRef
from shared.contracts.codes import Claim, LegalBasis, ReasonCode


@unique
class NoticeKind(StrEnum):
    """The kind of a text: a complaint, the answer to one, its withdrawal, or none of these."""

    NOTICE = "notice"
    COUNTER_NOTICE = "counter_notice"
    RETRACTION = "retraction"
    OTHER = "other"


@unique
class UrlRole(StrEnum):
    """The role of a URL in the text: the material complained of, the reporter's own work, or neither."""

    COMPLAINED = "complained"
    ORIGINAL = "original"
    OTHER = "other"


@unique
class Element(StrEnum):
    """An element that the law requires: 17 USC 512(c)(3)(A) of a notice, 17 USC 512(g)(3) of a counter-notice."""

    SIGNATURE = "signature"  # (c)(3)(A)(i), (g)(3)(A)
    WORK_IDENTIFIED = "work_identified"  # (c)(3)(A)(ii); DSA Art. 16(2)(a)
    MATERIAL_LOCATED = "material_located"  # (c)(3)(A)(iii), (g)(3)(B); DSA Art. 16(2)(b)
    CONTACT = "contact"  # (c)(3)(A)(iv), (g)(3)(D); DSA Art. 16(2)(c)
    GOOD_FAITH = "good_faith"  # (c)(3)(A)(v); DSA Art. 16(2)(d)
    ACCURACY = "accuracy"  # (c)(3)(A)(vi), first half; DSA Art. 16(2)(d)
    AUTHORITY_UNDER_PERJURY = "authority_under_perjury"  # (c)(3)(A)(vi), second half
    MISTAKE_UNDER_PERJURY = "mistake_under_perjury"  # (g)(3)(C)
    CONSENT_TO_JURISDICTION = "consent_to_jurisdiction"  # (g)(3)(D)
    ACCEPTS_SERVICE = "accepts_service"  # (g)(3)(D)


# 17 USC 512(c)(3)(B)(ii): "clauses (ii), (iii), and (iv) of subparagraph (A)"
_SUBSTANCE = (Element.WORK_IDENTIFIED, Element.MATERIAL_LOCATED, Element.CONTACT)


class Frozen(BaseModel):
    """A value: it does not change, and equal content is equal."""

    model_config = ConfigDict(frozen=True)


class ParsedUrl(Frozen):
    """One URL of the text, once, at the mention that decided its role.

    `url` is ready to use: what the text breaks over lines is joined, a scheme that is missing or disguised is
    written out, and spaces are escaped; `start` and `end` say where the text has it.
    """

    url: str
    role: UrlRole
    start: int
    end: int
    listing: ListingRef | None = None


class FoundElement(Frozen):
    """An element, present or not, and the words that show it: `text` is the notice's `[start:end]`."""

    present: bool = False
    text: str = ""
    start: int | None = None
    end: int | None = None


class Draft(Frozen):
    """The fields of a draft report. All of them are guesses, for a person to confirm.

    Claim and law are none where the letter is in a language that is not read.
    """

    claim: Claim | None
    legal_basis: LegalBasis | None
    title: str | None = None
    explanation: str | None = None
    signature: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None


class ParsedNotice(Frozen):
    """All that was read out of one text. Positions are character offsets into the text as it was given."""

    kind: NoticeKind
    language: str
    language_read: bool
    urls: tuple[ParsedUrl, ...]
    elements: dict[Element, FoundElement]
    missing: tuple[ReasonCode, ...]
    complete: bool
    draft: Draft

    @property
    def substantially_complies(self) -> bool:
        """Return whether the notice identifies the work, locates the material and says how to reach its writer.

        One that does is not thrown away: the writer is to be asked for the rest (17 USC 512(c)(3)(B)(ii)).
        """
        return self.kind is NoticeKind.NOTICE and all(self.elements[element].present for element in _SUBSTANCE)

    @property
    def complained(self) -> tuple[ParsedUrl, ...]:
        """The URLs of the material complained of, in the order of the text."""
        return tuple(url for url in self.urls if url.role is UrlRole.COMPLAINED)
