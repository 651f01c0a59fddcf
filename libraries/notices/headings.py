"""Headings of a notice, and the subject of the parts below them."""

import re

from libraries.notices.languages import ALL
from libraries.notices.parts import Part
from libraries.notices.patterns import any_of

# Read from the top; the first that matches names the part. Questions quote one another's words, so the narrow come
# before the wide: "do you have the alleged infringer's contact information" before "contact information".
_HEADINGS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    (
        Part.GUIDE,
        (
            r"have you read",
            r"you have read",
            r"read and understand",
            r"technological (?:protection )?measures",
            r"accused project",
            r"revised (?:dmca )?notice",
            r"ticket number",
            r"does your claim involve",
            r"before disabling any content",
        ),
    ),
    (
        Part.STATEMENT,
        (
            r"type \(or copy and paste\)",
            r"following statements?:?$",
            r"^statements?$",
            r"copyright owners? statement",
            r"^i (?:have a good|have taken|swear|declare|consent|certify)",
            r"perjury",
            r"good[ -]faith",
        ),
    ),
    (
        Part.INFRINGER,
        (
            r"(?:infringer|seller|poster|uploader|publisher|user)(?:'?s)? (?:contact )?(?:information|name)",
            r"(?:infringer|seller|poster|uploader|publisher|user)(?:'?s)?(?: account)? (?:details|profile)",
            r"^(?:alleged )?(?:infringer|seller|uploader)$",
        ),
    ),
    (
        Part.REASONS,
        (
            r"anything else you think",
            r"why (?:you believe|this|the|is)",
            r"reasons?(?: for| why|$)",
            r"explanation",
            r"how does",
        ),
    ),
    (
        Part.LICENCE,
        (
            r"licen[sc]ed under",
            r"^licen[sc]e",
            r"open source licen[sc]e",
        ),
    ),
    (
        Part.REMEDY,
        (
            r"best solution",
            r"make changes to your",
            r"changes the other person",
            r"requested (?:action|remedy)",
        ),
    ),
    (
        Part.MATERIAL,
        (
            r"(?:searched for|list of|other|known|identified) (?:any )?(?:infringing )?forks?",
            r"(?:other|more|further) (?:copies|listings|items|offers)",
            r"(?:urls?|links?|files?|repositor(?:y|ies)|pages?)\b.{0,40} (?:that|which) (?:is|are) (?:\w+ )?infring",
            r"(?:listings?|items?|offers?)\b.{0,40} (?:that|which) (?:is|are) (?:allegedly )?infring",
            r"list each (?:\w+ )?(?:fork|copy|listing|url)",
        ),
    ),
    (
        Part.WORK,
        (
            r"description of the (?:original|copyrighted|protected)",
            r"original(?:ly)? (?:copyrighted )?(?:work|product|content|material|source|version|file|software|code)s?",
            r"^our (?:own |genuine |original )?(?:products?|goods)$",
            r"original(?:ly)? (?:photo|image|page|url|location|listing|design)s?",
            r"\bauthori[sz]ed (?:content|version|copy)",
            r"^(?:my|our) (?:own )?(?:original )?(?:repositor(?:y|ies)|work|listing|product)s?$",
            r"^(?:my|our) (?:own )?(?:shop|store|website|site|page)s?$",
            r"what work was",
            r"(?:copyrighted|protected|owned) works?(?! (?:at|in) )",
            r"^works?$",
            r"identification of (?:the )?(?:copyrighted )?works?",
            r"infringed works?",
            r"^title of (?:the )?",
            r"titles? infringed",
            r"list of titles",
            r"trade ?mark(?: infringed| details| registration)?s?$",
            r"^(?:our|my|the) (?:right|mark|brand|patent|design)s?$",
            r"intellectual property right",
            r"rights? infringed",
            r"rights? relied",
        ),
    ),
    (
        Part.MATERIAL,
        (
            r"files? (?:were|was|should be) (?:taken|removed|disabled)",
            r"(?:content|material|listing|item|url|link|page)s? .{0,40}(?:taken down|removed?|disabled?)\b",
            r"infring(?:ing|ed|ement)s? .{0,30}(?:url|link|material|page|content|location|found)",
            r"infring(?:ing|ed|ement)s? .{0,30}(?:listing|repositor|file|product|item|offer)",
            r"^infring(?:ing|ement)s?$",
            r"(?:unauthori[sz]ed|illegal|reported|offending|disputed) (?:cop(?:y|ies)|material|content|url|link)s?",
            r"(?:counterfeit|illegal|reported|offending|disputed) (?:listing|item|offer|product)s?",
            r"(?:exact )?(?:electronic )?locations? (?:of|where) .{0,30}(?:material|infring|content|information)",
            r"^(?:listing|item|reported) (?:url|link)s?$",
            r"^urls?$",
        ),
    ),
    (
        Part.AUTHORITY,
        (
            r"are you the (?:copyright|owner|rights?)",
            r"nature of your",
            r"authori[sz](?:ed|ation) to act",
            r"acting (?:as|on behalf)",
            r"^rights? (?:holder|owner)s?$",
            r"^(?:copyright|trade ?mark) (?:owner|holder)$",
            r"^on behalf of",
        ),
    ),
    (
        Part.SIGNATURE,
        (
            r"full legal name",
            r"electronic signature",
            r"^signature",
            r"^signed(?: by)?$",
        ),
    ),
    (
        Part.CONTACT,
        (
            r"get back to you",
            r"telephone number or",
            r"phone number",
            r"(?:my|our|your)? ?contact (?:information|details|data)",
            r"how to contact me",
            r"^contact(?: me| us)?$",
            r"^(?:mailing |postal |e-?mail )?address",
            r"^(?:e-?mail|phone|tel(?:ephone)?)$",
            r"^names? and (?:e-?mail|contact|address)",
            r"notifying party",
            r"complaining party",
        ),
    ),
    (
        Part.NAME,
        (
            r"^(?:my |full |contact |legal )*name$",
            r"^(?:organi[sz]ation|company)(?: name)?$",
            r"^(?:reporter|complainant|contact person)$",
        ),
    ),
)
_LAST = {part: row for row, (part, _) in enumerate(_HEADINGS)}  # other languages ask where English asks last
_TABLE = tuple(
    (part, any_of(*phrases, *(words for one in ALL if _LAST[part] == row for words in one.headings.get(part, ()))))
    for row, (part, phrases) in enumerate(_HEADINGS)
)
_DOT_ABOVE = "\u0307"  # what lower case leaves of the Turkish capital of i
_MARKUP = re.compile(r"<[^<>]{0,300}>")
_SUBJECT = re.compile(
    r"(?:re|aw|fwd?|subject|betreff|objet|asunto|oggetto|assunto|betreft|onderwerp|dotyczy|temat|konu"
    r"|тема|件名|主题|主題|主旨|제목)\s*(?::|$)"
)


def part_of(heading: str) -> Part | None:
    """The part that a heading opens, if it is one that notices have."""
    words = (
        re.sub(r"\s+", " ", _MARKUP.sub(" ", heading.replace("\u2019", "'")))
        .strip(" *_#:-")
        .lower()
        .replace(_DOT_ABOVE, "")
    )
    if _SUBJECT.match(words):
        return None  # a subject line names everything and heads nothing
    return next((part for part, pattern in _TABLE if pattern.search(words)), None)
