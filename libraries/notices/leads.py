"""The words before a URL, and its role by them: infringing, original, or beside the point."""

import re

from libraries.notices.languages import every
from libraries.notices.model import UrlRole
from libraries.notices.patterns import gathered, spaced, with_spaces
from libraries.notices.scripts import UNSPACED

MAX_LEAD = 400

_COMPLAINED = (
    r"infring\w*|unauthori[sz]ed|illegal\w*|pirat\w*|counterfeit\w*|fakes?\b|violat\w+|offending|stolen"
    r"|leak(?:ed|s)?\b"
    r"|take\w* ?down|remov(?:e|al|ed|ing)\b|delet\w+|disabl\w+|denied|blocked|reported|in question"
    r"|copies\b|fork(?:s|ed)\b|upload\w*|post(?:ed|ing)\b|publish\w* (?:on|at|to|my|our|it|this|the)\b"
    r"|copied (?:to|on|onto|at|in)\b|found here"
    r"|(?:following|these|those) (?:listings?|items?|offers?|products?|urls?|links?|pages?|repositor\w+)"
    r"|(?:listings?|items?|offers?|products?|urls?|links?) (?:below|listed)"
)
_ORIGINAL = (
    r"original\w*|legitimate|genuine|authentic|home ?page|open[- ]source"
    r"|(?:mine|ours) (?:is|are)"
    r"|official (?:\w+ )?(?:web ?site|site|page|store|shop|repo\w*|version|product|listing|source|app)"
    r"|authori[sz]ed (?:content|version|copy|seller|shop|store)"
    r"|(?:my|our|its|their|client'?s?) (?:own )?(?:\w+ ){0,2}"
    r"(?:web ?site|site|homepage|page|product|store|shop|works?|app|catalog\w*|collection)\b"
    r"|my (?:own )?(?:repo\w*|project|account)"
    r"|can be (?:purchased|bought)|sold (?:at|on|by)|available (?:here|at|from|on|for)"
)
_TAKEN_DOWN = r"my repositor\w+|restor\w+|re-?instat\w+|re-?enabl\w+|lift\b"  # in counter-notices and retractions


def _roles(*complained: str) -> re.Pattern[str]:
    first, second = (gathered(map(with_spaces, phrases)) for phrases in (complained, (_ORIGINAL, *every("original"))))
    return re.compile(f"(?P<complained>{first})|(?P<original>{second})", re.IGNORECASE)


_ROLE = _roles(_COMPLAINED, *every("complained"))
_ROLE_IN_ANSWERS = _roles(_COMPLAINED, _TAKEN_DOWN, *every("complained"))

# The following stand right before the URL, and then decide, whatever stands further left.
_SOURCE = spaced(
    r"(?:(?:copy|copies|clone|duplicate|version|replica|fork|derivative|imitation) of"
    r"|(?:copied|taken|stolen|derived|forked|cloned|lifted|ripped|plagiari[sz]ed) from"
    r"|based (?:up)?on|identical to|\(from|compared? (?:to|with)|source:"
    + "".join(f"|{words}" for words in every("source"))
    + r")"
    r"(?:[^\S\n]+[^\s:]{1,20}){0,5}[\s:<(\"\[]*$",
)
# "The following repository contains copies of our code: <URL>" leads to the copy.
_INTRODUCES = spaced(
    r"\b(?:following|below|located|contain(?:s|ed|ing)?|host(?:s|ed|ing)?|these)\b[^\n]{0,200}:\W{0,9}$"
)
_ASIDE = spaced(
    r"(?:licen[sc]e\w*|eula\b|terms\b|agreement|polic(?:y|ies)\b|guide\b|profile\b|registration|certificate"
    r"|authori[sz]ation letter|evidence|screenshot|contact\w*|statute|more information|documentation"
    r"|(?:complaint|notice) (?:at|published)|dmca (?:notice|takedown)s? (?:at|published|is|from))"
    r"[^\n.]{0,60}\n?[^\S\n]*[:(<\"'\[-]*[^\S\n]*$",
)
_PUT_THERE = spaced(
    r"(?<!originally\s)\b(?:uploaded|posted|published|copied|pushed|leaked|shared|hosted|reproduced|distributed)"
    r" (?:\w+ ){0,2}(?:to|on|onto|at|in|here)[\s:(<]*$",
)
# "The original is published at <URL>", where nothing was taken.
_PUBLISHED = spaced(
    r"\b(?:posted|published|hosted|shared|released|maintained|available) (?:\w+ ){0,3}(?:to|on|at|in|here)[\s:(<]*$"
)
_TAKEN = spaced(r"\b(?:cop(?:y|ied|ies|ying)|stol\w+|took|taken|uploaded|leaked|them|it|these|infring\w*)\b")
_ACCUSES = spaced(
    r"infring\w*|unauthori[sz]ed|illegal\w*|pirat\w*|counterfeit\w*|violat\w+|offending|stolen|leak\w*|crack\w*"
    r"|(?:copies|copy) of|without",
    *every("accuses"),
)
_NAMES_A_USER = spaced(
    r"\b(?:user(?:name)?|account|profile|seller|publisher)\b[^\S\n]{0,3}(?:page|url|link|is)?[\s:(<]*$"
)
_ASIDE_AFTER = spaced(r"[^\n]{0,160}?\b(?:profile|contact information)\b")

_CLAUSE_END = re.compile(r"[.;!?](?=\s)|[\u3002\uff01\uff1f]|\n[ \t]*\n")
_SENTENCE_OVER = re.compile(r"[ \t]?[.!?][ \t]+(?=[^\s]|$)")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNSPACED_WORD = 3  # letters
_WORD = re.compile(r"[^\W\d_]{2,}")
_OPENING_WORDS = 4
_LIST_WORDS = 3
_LOOK_BACK = 3


def said_of(lead: str, *, asked: bool, answers: bool, owned: bool | None, look_back: bool) -> UrlRole | None:
    """Return the role that the clause before a URL gives it, if any.

    `asked` says that a form asked for the material, so only the name of a source takes a URL out of the answer;
    `answers`, that the text is the answer to a notice or takes it back, whose writer speaks of what is down as his own;
    `owned`, that the URL is on the marketplace, where a reporter's own work is the exception; `look_back`, that the
    clauses further left may speak when the last is silent.
    """
    clauses = [clause for clause in _CLAUSE_END.split(lead) if _WORD.search(clause)]
    if not clauses:
        return None
    if _SOURCE.search(lead):
        return UrlRole.COMPLAINED if _INTRODUCES.search(clauses[-1]) else UrlRole.ORIGINAL
    if asked:
        return UrlRole.COMPLAINED
    if _ASIDE.search(lead):
        return UrlRole.OTHER
    clause, roles = clauses[-1], _ROLE_IN_ANSWERS if answers else _ROLE
    if look_back:
        clause = next((clause for clause in reversed(clauses[-_LOOK_BACK:]) if roles.search(clause)), clause)
    words = list(roles.finditer(clause))
    said = [UrlRole(word.lastgroup) for word in words if word.lastgroup]
    if owned and UrlRole.COMPLAINED in said:
        # "They took the original files and posted them at ...", unless the clause opens with the original.
        put_there = _PUT_THERE.search(lead) and not (_PUBLISHED.search(lead) and not _TAKEN.search(clause))
        opens = len(clause[: words[0].start()].split()) < _OPENING_WORDS and not put_there
        return said[0] if opens else UrlRole.COMPLAINED
    return said[0] if said else None  # what a clause is about, it says first


def accuses(lead: str) -> bool:
    """Return whether the last clause before a URL says that something wrong is done there."""
    clauses = [clause for clause in _CLAUSE_END.split(lead) if _WORD.search(clause)]
    return bool(clauses) and _ACCUSES.search(clauses[-1]) is not None


def is_list_lead(lead: str) -> bool:
    """Return whether so little stands between two URLs that they are entries of one list."""
    if _SENTENCE_OVER.match(lead):
        return False
    return len(_WORD.findall(lead)) + len(_UNSPACED.findall(lead)) // _UNSPACED_WORD <= _LIST_WORDS


def names_a_user(lead: str) -> bool:
    return _NAMES_A_USER.search(lead) is not None


def put_aside_after(plain: str, end: int) -> bool:
    """Return whether the rest of the line says that the URL is somebody's profile."""
    return _ASIDE_AFTER.match(plain, end) is not None
