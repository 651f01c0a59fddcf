"""From the text of a notice to its kind, its URLs, its elements, what is missing, and a draft."""

from libraries.notices.draft import draft_of, statement_spans
from libraries.notices.elements import find_elements, missing_codes
from libraries.notices.kinds import kind_of
from libraries.notices.language import language_of
from libraries.notices.marketplace import MarketplaceUrls
from libraries.notices.model import NoticeKind, ParsedNotice, ParsedUrl, UrlRole
from libraries.notices.own_words import own_words, quoted
from libraries.notices.plain import Span, blank, plain_text
from libraries.notices.roles import assign_roles
from libraries.notices.sections import Sections
from libraries.notices.urls import find_urls
from shared.contracts.codes import ReasonCode


def parse_notice(text: str, marketplace: MarketplaceUrls | None = None) -> ParsedNotice:
    """Read a notice: a pure function of the text and of what the marketplace's addresses are.

    With `marketplace`, a URL elsewhere is never complained of. The checks are those of 17 USC 512(c)(3)(A) and (g)(3);
    a notice that names the DSA is held to its Art. 16(2) instead. Of a letter in a language that is not read only the
    addresses are told: it is of no kind, and nothing of what it should say is said to be there or to be missing.
    """
    plain = plain_text(text)
    sections = Sections(text)
    mentions = find_urls(text, marketplace.owns if marketplace else None)
    language = language_of(blank(text, [(mention.start, mention.end) for mention in mentions]))
    kind = _kind_of(text, own_words(text, plain, mentions)) if language.read else NoticeKind.OTHER
    urls = _own_first(assign_roles(kind, plain, mentions, sections, marketplace), quoted(text))
    elements = find_elements(kind, text, plain, sections, urls)
    headings = [(section.start, section.body) for section in sections.all]
    draft = draft_of(text, plain, blank(plain, headings + statement_spans(elements)), sections, elements)
    if not language.read:
        draft = draft.model_copy(update={"claim": None, "legal_basis": None, "explanation": None, "title": None})
    missing = missing_codes(elements, draft.legal_basis) if language.read else (ReasonCode.N_LANGUAGE_NOT_READ,)
    return ParsedNotice(
        kind=kind,
        language=language.code,
        language_read=language.read,
        urls=urls,
        elements=elements,
        missing=missing,
        complete=kind is NoticeKind.NOTICE and not missing,
        draft=draft,
    )


def _kind_of(text: str, words: str) -> NoticeKind:
    """Return the kind of the writer's own lines; of the quoted ones where those say none, as in forms."""
    others = quoted(text)
    own = kind_of(blank(words, others)) if others else NoticeKind.OTHER
    return kind_of(words) if own is NoticeKind.OTHER else own


def _own_first(urls: tuple[ParsedUrl, ...], others: list[Span]) -> tuple[ParsedUrl, ...]:
    """Return where the writer complains of something, what is complained of in a quoted mail is another's complaint."""
    held = {url.start for url in urls if any(start <= url.start < end for start, end in others)}
    if not any(url.role is UrlRole.COMPLAINED and url.start not in held for url in urls):
        return urls
    return tuple(
        url.model_copy(update={"role": UrlRole.OTHER}) if url.start in held and url.role is UrlRole.COMPLAINED else url
        for url in urls
    )
