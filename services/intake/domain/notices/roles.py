"""Which URLs a notice complains of, which are the reporter's own work, and which are neither.

A URL's role is told by the part of the text that it stands in and by the words that lead to it. A URL that is mentioned
more than once has one role, that of its clearest mention.
"""

import re
from dataclasses import dataclass, replace

from services.intake.domain.notices.marketplace import MarketplaceUrls
from services.intake.domain.notices.model import NoticeKind, ParsedUrl, UrlRole
from services.intake.domain.notices.sections import Part, Section, Sections
from services.intake.domain.notices.urls import Mention

# How sure a mention is. The lead's own words beat the part's habit; an answer to "which files" beats both.
_HABIT, _WORDS, _ASKED = 1, 2, 3

_COMPLAINS = (
    r"infring\w*|unauthori[sz]ed|illegal\w*|pirat\w*|counterfeit\w*|fakes?\b|violat\w+|take\w* ?down|remov(?:e|al|ed|ing)\b|delet\w+|disabl\w+"
    r"|stolen|leak(?:ed|s)?\b|upload\w*|post(?:ed|ing)\b|publish(?:ed|ing)\b|copied (?:to|on|onto|at|in)\b|offending|reported|in question"
    r"|fork(?:s|ed)\b|copies\b|found here|my repositor\w+|restor\w+|re-?instat\w+|re-?enabl\w+|denied|blocked|lift\b"
    r"|verletz\w+|rechtswidrig\w*|fälschung\w*|beanstand\w+|gemeldete\w*|entfern\w+|lösch\w+|sperr\w+|nachahmung\w*"
    r"|contrefa\w+|illicite\w*|litigieu\w+|signalé\w*|supprim\w+|retir\w+|infract\w+|ilícit\w*|falsific\w*|denunciad\w*|elimin\w+"
)
_OWNS = (
    r"original\w*|official (?:\w+ )?(?:web ?site|site|page|store|shop|repo\w*|version|product|listing|source|app)|authori[sz]ed (?:content|version|copy|seller|shop|store)|legitimate|genuine|authentic"
    r"|(?:my|our|its|their|client'?s?) (?:own )?(?:\w+ ){0,2}(?:website|web site|site|homepage|page|product|store|shop|work|works|app|catalog\w*|collection)\b"
    r"|my (?:own )?(?:repo\w*|project|account)|can be (?:purchased|bought)|home ?page|open[- ]source|sold (?:at|on|by)|available (?:here|at|from|on|for)"
    r"|eigene\w*|unsere[rsnm]? (?:\w+ ){0,2}(?:website|webseite|seite|shop|werk)|notre (?:\w+ ){0,2}(?:site|boutique|page)|nuestr[oa] (?:\w+ ){0,2}(?:sitio|tienda|página)"
)
_ASIDE = (
    r"licen[sc]e\w*|eula\b|terms\b|agreement|polic(?:y|ies)\b|guide\b|profile\b|registration|certificate|authori[sz]ation letter|evidence|screenshot"
    r"|contact\w*|statute|more information|documentation|complaint|dmca (?:notice|takedown)s? (?:at|published|is|from)|notice (?:at|published)"
)
_SOURCE = (
    r"(?:copy|copies|clone|duplicate|version|replica|fork|derivative|imitation) of|(?:copied|taken|stolen|derived|forked|cloned|lifted|ripped) from"
    r"|based (?:up)?on|identical to|plagiari[sz]ed from|\(from|compare(?:d)? (?:to|with)|source:|kopie (?:von|des|der)|copie de|copia de"
)
_ROLE_WORDS = re.compile(rf"(?P<complained>{_COMPLAINS})|(?P<original>{_OWNS})".replace(" ", r"\s+"), re.IGNORECASE)
# Right before the URL, these say that it is where the copy came from, or no work at all, whatever stands further left.
_SOURCE_WORDS = re.compile(
    rf"(?:{_SOURCE})(?:[ \t]+[^\s:]{{1,20}}){{0,5}}[\s:<(\"\[]*$".replace(" of|", r"\s+of|"), re.IGNORECASE
)
_ASIDE_WORDS = re.compile(rf"(?:{_ASIDE})[^\n.]{{0,60}}(?:\n[ \t]*)?[\W_]*$".replace(" ", r"\s+"), re.IGNORECASE)
_PUT_THERE = re.compile(
    r"(?<!originally )\b(?:uploaded|posted|published|copied|pushed|leaked|shared|hosted|reproduced|distributed)"
    r"\s+(?:\w+\s+){0,2}(?:to|on|onto|at|in|here)[\s:(<]*$",
    re.IGNORECASE,
)
_ASIDE_AFTER = re.compile(r"[^\n]{0,160}?\b(?:profile|contact information)\b", re.IGNORECASE)
_OPENING_WORDS = 4
_CLAUSE_END = re.compile(r"[.;!?](?=\s)|\n[ \t]*\n")
_WORDS_OF_LEAD = re.compile(r"[^\W\d_]{2,}")
_LEAD = 400

_PART_ROLES: dict[Part, UrlRole] = {Part.MATERIAL: UrlRole.COMPLAINED, Part.WORK: UrlRole.ORIGINAL}
_NEVER_COMPLAINED = frozenset({Part.INFRINGER, Part.LICENCE, Part.GUIDE, Part.STATEMENT, Part.CONTACT, Part.SIGNATURE})
_IN_PASSING = frozenset({Part.AUTHORITY, Part.REASONS, Part.REMEDY})
# Where to look, in this order, when no URL is complained of outright.
_MAY_HOLD_THE_MATERIAL = (frozenset({Part.FREE, Part.WORK, Part.REMEDY}), frozenset({Part.AUTHORITY, Part.REASONS}))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One mention, its part, and what it seems to be."""

    mention: Mention
    part: Part
    role: UrlRole
    sureness: int
    owned: bool | None  # on the marketplace; unknown without configuration


def assign_roles(
    kind: NoticeKind, plain: str, mentions: list[Mention], sections: Sections, marketplace: MarketplaceUrls | None
) -> tuple[ParsedUrl, ...]:
    """Every URL of the text once, with its role."""
    readings = _read(kind, plain, mentions, sections, marketplace)
    if any(reading.sureness == _ASKED and reading.role is UrlRole.COMPLAINED for reading in readings):
        readings = [_outdone(reading) for reading in readings]
    for parts in _MAY_HOLD_THE_MATERIAL:
        if not any(reading.role is UrlRole.COMPLAINED for reading in readings):
            readings = [_promoted(reading, parts) for reading in readings]
    clearest: dict[str, _Reading] = {}
    for reading in readings:
        key = reading.mention.key
        if key not in clearest or _clarity(reading) > _clarity(clearest[key]):
            clearest[key] = reading
    _follow_parents(clearest)
    urls = (
        ParsedUrl(
            url=reading.mention.url,
            role=reading.role,
            start=reading.mention.start,
            end=reading.mention.end,
            listing=marketplace.listing_of(reading.mention.url) if marketplace else None,
        )
        for reading in clearest.values()
    )
    return tuple(sorted(urls, key=lambda url: url.start))


def _clarity(reading: _Reading) -> tuple[int, bool]:
    return reading.sureness, reading.role is UrlRole.COMPLAINED


def _read(
    kind: NoticeKind, plain: str, mentions: list[Mention], sections: Sections, marketplace: MarketplaceUrls | None
) -> list[_Reading]:
    readings: list[_Reading] = []
    previous: _Reading | None = None
    for mention in mentions:
        section = sections.at(mention.start)
        owned = marketplace.owns(mention.url) if marketplace else None
        if mention.start < section.body:  # a link inside a question is the form's
            readings.append(_Reading(mention, section.part, UrlRole.OTHER, 0, owned))
            continue
        begin = max(section.body, previous.mention.end if previous else 0, mention.start - _LEAD)
        lead = plain[begin : mention.start]
        # A list goes on only among its own kind: what holds for a shop of the reporter's says nothing of a listing.
        carried = previous if previous and previous.mention.start >= section.body and previous.owned == owned else None
        role, sureness = _role_of(kind, section, lead, carried, owned=owned)
        if section.part is Part.FREE and _ASIDE_AFTER.match(plain, mention.end):
            role, sureness = UrlRole.OTHER, _WORDS
        reading = _Reading(mention, section.part, role, sureness, owned)
        readings.append(reading)
        previous = reading
    return readings


def _role_of(
    kind: NoticeKind, section: Section, lead: str, previous: _Reading | None, *, owned: bool | None
) -> tuple[UrlRole, int]:
    """What the words before a URL, and the part that it is in, make of it."""
    if section.part in _NEVER_COMPLAINED:
        return UrlRole.OTHER, _HABIT
    role, sureness = _habit(kind, section, owned=owned)
    said = _said(lead, section.part, owned=owned)
    if kind is NoticeKind.RETRACTION and said is UrlRole.ORIGINAL:
        said = None  # what is given back was never anyone's copy
    if said is not None:
        role, sureness = said, max(_WORDS, sureness)
    elif previous and len(_WORDS_OF_LEAD.findall(lead)) <= 4:
        # A list: what was said before its first URL holds for the next.
        role, sureness = previous.role, previous.sureness
    if owned is False and role is UrlRole.COMPLAINED:
        role = UrlRole.ORIGINAL if section.part is Part.WORK else UrlRole.OTHER
    return role, sureness


def _habit(kind: NoticeKind, section: Section, *, owned: bool | None) -> tuple[UrlRole, int]:
    """What URLs in such a part usually are."""
    if section.part is Part.MATERIAL:
        return UrlRole.COMPLAINED, _ASKED
    if section.part in _PART_ROLES:
        return _PART_ROLES[section.part], _HABIT
    if section.part is Part.FREE and (owned or (owned is None and kind is not NoticeKind.NOTICE)):
        return UrlRole.COMPLAINED, _HABIT
    return UrlRole.OTHER, _HABIT


def _said(lead: str, part: Part, *, owned: bool | None) -> UrlRole | None:
    """What the clause that leads to a URL says of it; what a clause is about, it says first."""
    clauses = [clause for clause in _CLAUSE_END.split(lead) if _WORDS_OF_LEAD.search(clause)]
    if not clauses:
        return None
    if _SOURCE_WORDS.search(lead):
        return UrlRole.ORIGINAL
    if part is Part.MATERIAL:
        return UrlRole.COMPLAINED
    if _ASIDE_WORDS.search(lead):
        return UrlRole.OTHER
    words = list(_ROLE_WORDS.finditer(clauses[-1]))
    said = [UrlRole(word.lastgroup) for word in words if word.lastgroup]
    if owned and UrlRole.COMPLAINED in said:
        # "They took the original files and posted them at ...": unless the clause opens with the original.
        opens = len(clauses[-1][: words[0].start()].split()) < _OPENING_WORDS and not _PUT_THERE.search(lead)
        return said[0] if opens else UrlRole.COMPLAINED
    return said[0] if said else None


def _outdone(reading: _Reading) -> _Reading:
    """Where a form asked which URLs, and was answered, those in its other answers are told in passing."""
    passing = reading.part in _IN_PASSING and reading.role is UrlRole.COMPLAINED
    return replace(reading, role=UrlRole.OTHER, sureness=_HABIT) if passing else reading


def _promoted(reading: _Reading, parts: frozenset[Part]) -> _Reading:
    """With nothing complained of outright, what stands where it need not be the original is the material itself."""
    unsure = reading.sureness == _HABIT and reading.part in parts
    return replace(reading, role=UrlRole.COMPLAINED) if unsure and reading.owned else reading


def _follow_parents(clearest: dict[str, _Reading]) -> None:
    """A page beneath one complained of is complained of too, unless the text says otherwise."""
    complained = {key for key, reading in clearest.items() if reading.role is UrlRole.COMPLAINED}
    for key, reading in clearest.items():
        if reading.sureness != _HABIT or reading.part in _NEVER_COMPLAINED or not reading.owned:
            continue
        pieces = key.split("/")
        if any("/".join(pieces[:depth]) in complained for depth in range(3, len(pieces))):
            clearest[key] = replace(reading, role=UrlRole.COMPLAINED)
