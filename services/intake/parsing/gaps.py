"""Missing elements of a notice, each with what its writer can do: 17 USC 512(c)(3)(B)(ii), DSA Art. 16(2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from libraries.notices import Element, ParsedNotice
from libraries.notices.elements import code_of
from shared.contracts.codes import FindingSeverity, ReasonCode
from shared.contracts.things import Finding


@dataclass(frozen=True, slots=True)
class _Gap:
    """The finding for a missing element; its pointer is the one that preflight uses."""

    message: str
    pointer: str
    fix: str


_GAPS: Mapping[Element, _Gap] = {
    Element.SIGNATURE: _Gap(
        "Nobody has signed.", "/signature", "Close with the full name of a person who may act for the owner."
    ),
    Element.WORK_IDENTIFIED: _Gap(
        "The letter does not say what is protected.",
        "/explanation",
        "Name the work by its title, or the mark, design or patent by its number, and say what is done with it.",
    ),
    Element.MATERIAL_LOCATED: _Gap(
        "No address of a listing here was found.",
        "/items",
        "Give the full web address of each listing, one to a line.",
    ),
    Element.CONTACT: _Gap(
        "The letter does not say how its writer can be reached.",
        "/contact",
        "Give a name with an e-mail address, a telephone number or a postal address.",
    ),
    Element.GOOD_FAITH: _Gap(
        "The belief, in good faith, that the use is not allowed is not declared.",
        "/statements/good_faith",
        "If it is true, add: I have a good faith belief that the use described is not authorised by the owner, its "
        "agent, or the law.",
    ),
    Element.ACCURACY: _Gap(
        "Nothing says that the letter is accurate.",
        "/statements/accuracy",
        "If it is true, add: The information in this notice is accurate and complete.",
    ),
    Element.AUTHORITY_UNDER_PERJURY: _Gap(
        "The authority to act for the owner is not declared under penalty of perjury.",
        "/statements/perjury",
        "If it is true, add: I declare under penalty of perjury that I am the owner, or authorised to act for the "
        "owner, of the right.",
    ),
    Element.MISTAKE_UNDER_PERJURY: _Gap(
        "The belief that the material was removed by mistake is not declared under penalty of perjury.",
        "/statements/perjury",
        "If it is true, add: I declare under penalty of perjury that the material was removed as a result of mistake "
        "or misidentification.",
    ),
}
_NOT_READ = _Gap(
    "The letter is in a language that is not read here, so that nothing in it was checked.",
    "/language",
    "Send it in Chinese, Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian, "
    "Spanish or Turkish, or fill the draft in by hand.",
)


def findings_of(notice: ParsedNotice) -> list[Finding]:
    """One finding for each element that is missing and has a code; as a report, the letter would be refused for it.

    Of a letter in a language that is not read, one finding says so.
    """
    if not notice.language_read:
        return [_finding(ReasonCode.N_LANGUAGE_NOT_READ, _NOT_READ)]
    return [
        _finding(code, _GAPS[element])
        for element, found in notice.elements.items()
        if not found.present and (code := code_of(element)) in notice.missing and code is not None
    ]


def _finding(code: ReasonCode, gap: _Gap) -> Finding:
    return Finding(code=code, severity=FindingSeverity.BLOCKS, message=gap.message, pointer=gap.pointer, fix=gap.fix)
