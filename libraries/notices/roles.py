"""Which URLs a notice complains of, which are the reporter's own work, and which are neither.

A URL's role is told by the part of the text that it stands in and by the words that lead to it. A URL that is mentioned
more than once has one role, that of its clearest mention.
"""

from dataclasses import dataclass, replace

from libraries.notices.leads import MAX_LEAD, accuses, is_list_lead, names_a_user, put_aside_after, said_of
from libraries.notices.marketplace import MarketplaceUrls
from libraries.notices.model import NoticeKind, ParsedUrl, UrlRole
from libraries.notices.parts import Part
from libraries.notices.sections import Section, Sections
from libraries.notices.urls import Mention

# How sure a mention is. The lead's own words beat the part's habit; an answer to "which files" beats both.
_HABIT, _WORDS, _ASKED = 1, 2, 3

_NEVER_COMPLAINED = frozenset(
    {Part.INFRINGER, Part.LICENCE, Part.GUIDE, Part.STATEMENT, Part.CONTACT, Part.NAME, Part.SIGNATURE}
)
_IN_PASSING = frozenset({Part.AUTHORITY, Part.REASONS, Part.REMEDY})
# Where to look, in this order, when no URL is complained of outright.
_MAY_HOLD_THE_MATERIAL = (
    frozenset({Part.FREE, Part.WORK, Part.REMEDY}),
    frozenset({Part.AUTHORITY, Part.REASONS}),
    frozenset({Part.CONTACT, Part.NAME, Part.SIGNATURE, Part.STATEMENT}),  # a list beneath the signature
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One mention, its part, and what it seems to be."""

    mention: Mention
    part: Part
    role: UrlRole
    sureness: int
    owned: bool | None  # on the marketplace; unknown without configuration
    accused: bool = False


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
    if kind is NoticeKind.COUNTER_NOTICE and not any(one.role is UrlRole.COMPLAINED for one in clearest.values()):
        clearest = {key: _own_listing(reading, marketplace) for key, reading in clearest.items()}
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
        begin = max(section.body, previous.mention.end if previous else 0, mention.start - MAX_LEAD)
        lead = plain[begin : mention.start]
        # A list goes on only among its own kind: what holds for a shop of the reporter's says nothing of a listing.
        carried = previous if previous and previous.mention.start >= section.body and previous.owned == owned else None
        listed = marketplace is not None and marketplace.listing_of(mention.url) is not None
        role, sureness = _role_of(kind, section, lead, carried, owned=owned, listed=listed)
        if section.part is Part.FREE and put_aside_after(plain, mention.end):
            role, sureness = UrlRole.OTHER, _WORDS
        accused = accuses(lead) or (carried is not None and carried.accused and is_list_lead(lead))
        reading = _Reading(mention, section.part, role, sureness, owned, accused)
        readings.append(reading)
        previous = reading
    return readings


def _role_of(
    kind: NoticeKind, section: Section, lead: str, previous: _Reading | None, *, owned: bool | None, listed: bool
) -> tuple[UrlRole, int]:
    """Return the role of a URL by the words before it and the part that it is in."""
    if section.part in _NEVER_COMPLAINED:
        return UrlRole.OTHER, _HABIT
    role, sureness = _habit(kind, section, owned=owned)
    if section.part is Part.MATERIAL and not listed and names_a_user(lead):
        return UrlRole.OTHER, _WORDS
    # Without knowing the marketplace, the words are all there is in a letter.
    look_back = owned is None and section.part is Part.FREE
    asked = section.asked and section.part is Part.MATERIAL
    answers = kind in {NoticeKind.COUNTER_NOTICE, NoticeKind.RETRACTION}
    said = said_of(lead, asked=asked, answers=answers, owned=owned, look_back=look_back)
    if kind is NoticeKind.RETRACTION and said is UrlRole.ORIGINAL:
        said = None  # what is given back was never anyone's copy
    if said is not None:
        role, sureness = said, max(_WORDS, sureness)
    elif previous and previous.part is not Part.MATERIAL and is_list_lead(lead):
        # A list: what was said before its first URL holds for the next.
        role, sureness = previous.role, previous.sureness
    if owned is False and role is UrlRole.COMPLAINED:
        role = UrlRole.ORIGINAL if section.part is Part.WORK else UrlRole.OTHER
    return role, sureness


def _habit(kind: NoticeKind, section: Section, *, owned: bool | None) -> tuple[UrlRole, int]:
    """Return the usual role of URLs in such a part."""
    if section.part is Part.MATERIAL:
        return UrlRole.COMPLAINED, _ASKED
    if section.part is Part.WORK and kind is NoticeKind.NOTICE:
        return UrlRole.ORIGINAL, _HABIT
    if section.part in {Part.FREE, Part.WORK} and (owned or (owned is None and kind is not NoticeKind.NOTICE)):
        return UrlRole.COMPLAINED, _HABIT
    return UrlRole.OTHER, _HABIT


def _outdone(reading: _Reading) -> _Reading:
    """Return where a form asked which URLs, and was answered, those in its other answers are told in passing."""
    passes = reading.part in _IN_PASSING or (reading.part is Part.WORK and not reading.accused)
    passing = passes and reading.role is UrlRole.COMPLAINED
    return replace(reading, role=UrlRole.OTHER, sureness=_HABIT) if passing else reading


def _promoted(reading: _Reading, parts: frozenset[Part]) -> _Reading:
    """With nothing complained of outright, what stands where it need not be the original is the material itself."""
    unsure = reading.sureness == _HABIT and reading.part in parts
    return replace(reading, role=UrlRole.COMPLAINED) if unsure and reading.owned else reading


def _own_listing(reading: _Reading, marketplace: MarketplaceUrls | None) -> _Reading:
    """The seller's own listing is what was taken down, where a counter-notice names nothing else."""
    listed = marketplace is not None and marketplace.listing_of(reading.mention.url) is not None
    told = reading.part not in _NEVER_COMPLAINED and reading.sureness > 0
    return replace(reading, role=UrlRole.COMPLAINED) if listed and told else reading


def _follow_parents(clearest: dict[str, _Reading]) -> None:
    """A page beneath one complained of is complained of too, unless the text says otherwise."""
    complained = {key for key, reading in clearest.items() if reading.role is UrlRole.COMPLAINED}
    for key, reading in clearest.items():
        told_otherwise = reading.role is UrlRole.ORIGINAL and reading.sureness > _HABIT
        if told_otherwise or reading.part in _NEVER_COMPLAINED or not reading.owned:
            continue
        pieces = key.split("/")
        if any("/".join(pieces[:depth]) in complained for depth in range(3, len(pieces))):
            clearest[key] = replace(reading, role=UrlRole.COMPLAINED)
