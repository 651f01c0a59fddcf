"""Who writes, and how to reach them: 17 USC 512(c)(3)(A)(i) and (iv), 512(g)(3)(A) and (D); DSA Art. 16(2)(c)."""

import re

from libraries.notices.languages import every
from libraries.notices.parts import Part
from libraries.notices.patterns import spaced
from libraries.notices.plain import Span, blank
from libraries.notices.scripts import HAN, HANGUL, UNSPACED
from libraries.notices.sections import Section, Sections

_L = rf"[^\W{UNSPACED}]"  # a letter of a script with spaces, or a digit: others may stand right beside an address
EMAIL = re.compile(
    rf"(?<!{_L})(?<![.+-])(?:{_L}|[.+-]){{1,64}}@(?:(?:{_L}|-){{1,63}}\.){{1,5}}[a-z]{{2,24}}(?!{_L})", re.IGNORECASE
)
PHONE = re.compile(
    rf"(?<!{_L})(?<![/.=&-])(?:\+\d|00(?=[1-9]\d{{0,2}}[ .\-/(])\d|\(\d{{1,5}}\)[ ./-]?\d)"
    rf"(?:[ \t().\-/]{{0,2}}\d){{5,14}}(?!{_L})"
)

# Published notices say [private] where a name, an address or a number stood.
_REDACTED = re.compile(r"\[(?:private|redacted)\]", re.IGNORECASE)
_SLASHED = re.compile(r"(?:^|\n)[ \t]{0,8}/{1,2}[ \t]?(?:s|signed|[^/\n]{2,60})[ \t]?/{1,2}[^\n]{0,80}", re.IGNORECASE)
SIGNED_MARK = re.compile(r"^\s*/{0,2}\s?(?:s|signed)\s?/{1,2}", re.IGNORECASE)
_SIGNED = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:(?:my |electronic |digital |physical )*signature(?: follows| of \w+)?"
    r"|(?:digitally |electronically )?"
    r"signed(?: by)?" + "".join(f"|{words}" for words in every("signed")) + r")[ \t]*:?\s{0,4}(?P<name>[^\n]{2,120})",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:(?:yours|very|kind|best|warm|with|many|thanks?|thank you|sincere\w*|regards"
    r"|respectfully|cheers|cordially|best reg\w*"
    r"|faithfully|hope" + "".join(f"|{words}" for words in every("closings")) + r")\b[^\n]{0,60})[,.!]?[ \t]*(?=\n|$)",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]+")
_NAME = re.compile(r"[^\W\d_][^\n:;!?@/\\]{1,60}")
_PARTICLES = frozenset(
    {"de", "der", "den", "di", "da", "do", "dos", "das", "la", "le", "van", "von", "zu", "del", "ten"}
)
_NAME_PART = re.compile(r"[^\W\d_][\w.'-]{0,30}")
_MOST_NAMES = 6
# Names without capitals: two to four letters alone, or who signs for a company or an office.
_OFFICES = "公司|会社|會社|事务所|事務所|회사|법무법인|주식회사|법무팀|변호사|律师|律師|弁護士|弁理士|代理人|代表|部"
_UNSPACED_NAME = re.compile(
    rf"[{HAN}]{{2,4}}|[{HAN}]{{1,3}}[ ][{HAN}]{{1,3}}|[{HANGUL}]{{2,4}}(?: ?(?:드림|올림|배상))?"
    rf"|[{UNSPACED}A-Za-z ]{{0,30}}(?:{_OFFICES})[{UNSPACED}A-Za-z ]{{0,20}}"
)
_CLAUSE_OF_A_LETTER = re.compile(
    r"以上|如上|[请請谢謝删刪]|ください|下さい|ます|です|した|바랍니다|니다|세요|주십시오|감사"
)
_TAIL_LINES = 14
_MOST_WORDS, _SENTENCE_WORDS, _LONGEST_SIGNATURE = 14, 7, 120
_SENTENCE_ENDS = ("\u3002", "\uff01", "\uff1f", "?", "!")
_OPENS_LABEL = re.compile(r"^[^\W\d_][^\n:\uff1a]{0,40}[:\uff1a](?!//)|[_.\-\u2026]{3,}")
_PLACEHOLDER = re.compile(
    r"[\[(<{]?(?:x+|n/?a|none|tbd|blank|(?:please )?sign(?:ature)?(?: here)?|(?:your |full |legal |printed "
    r"|typed )*name(?: here)?" + "".join(f"|{words}" for words in every("signed")) + r")[\])>}]?",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"(?:i|we) (?:\w+ ){0,2}(?:have|am|are|believe|swear|declare|certify|state|confirm|hereby|affirm|consent"
    r"|own|understand)\b"
    r"|(?:the|this|all) (?:\w+ ){0,3}(?:information|notice|statement|notification)|under penalty",
    re.IGNORECASE,
)

_LABELLED = re.compile(
    r"\b(?:e-?mail(?: address)?|tel(?:ephone)?(?: number)?|(?:cell|mobile)?[- ]?phone(?: number)?"
    r"|cell(?:phone)?|mobile|fax|(?:postal|mailing|physical|street|office)? ?add?ress"
    r"|contact(?: information| details)?" + "".join(f"|{words}" for words in every("labels")) + r")[ \t]{0,3}"
    r"(?:is[ \t]{1,3}(?=[\[\d])|\.?[ \t]{0,3}[:=][ \t:]{0,3}(?:\n\s{0,4})?)[ \t]{0,3}(?P<value>[^\s:][^\n]{0,200})",
    re.IGNORECASE,
)
_REACH = re.compile(
    r"\b(?:(?:contact|reach|call|e-?mail|write to|reply to|respond to) (?:me|us)|directed to|reached|get in touch)\b"
    r"[^.\n]{0,60}(?:\b(?:at|on|via|by|to|with)[ \t:]{1,3})?(?:\[private\]|the[^.\n]{0,40}address)",
    re.IGNORECASE,
)
_REACHED = spaced(*every("reached"))
_STREET = re.compile(
    r"\b(?:\d{1,6}[A-Za-z]?[ ,]{1,3}(?:[A-Z][\w.'-]{0,30} ){1,5}"
    r"(?i:street|st|avenue|ave|road|rd|suite|drive|dr|blvd|boulevard|way|lane|ln|floor|park|square|court"
    r"|place|plaza)\b"
    r"|P\.? ?O\.? Box \d" + "".join(f"|{words}" for words in every("streets")) + r")"
)


def find_signature(plain: str, sections: Sections) -> Span | None:
    """The line that signs: a form's answer, `/s/ Name`, what follows the closing words, or a last name."""
    asked = sections.of(Part.SIGNATURE)
    for section in asked:
        first = next((line for line in _LINE.finditer(plain, section.body, section.end) if line[0].strip()), None)
        if first and _signs(first[0]):
            return first.span()
    words = _without_headings(plain, sections)
    if (slashed := _SLASHED.search(words)) and _signs(SIGNED_MARK.sub("", slashed[0])):
        return slashed.span()
    signed = _SIGNED.search(words)
    if signed and _signs(signed["name"]):
        return signed.span("name")
    # Where a signature was asked for and not given, a name that stands last is the answer to another question.
    return _after_closing(words) or (None if asked or signed else _last_name(plain))


def _signs(line: str) -> bool:
    """Return whether a line signs: no rule to sign on, no other label, no statement, no placeholder of a name."""
    words = line.strip(" /\t.-#_*\u2026\u3000\uff3f")
    return bool(
        words
        and not _OPENS_LABEL.search(words)
        and not _PLACEHOLDER.fullmatch(words)
        and not _STATES.match(words)
        and len(words.split()) <= _MOST_WORDS
        and len(words) <= _LONGEST_SIGNATURE
        and not (
            words.endswith(_SENTENCE_ENDS) or (line.rstrip().endswith(".") and len(words.split()) >= _SENTENCE_WORDS)
        )
    )


def find_contact(plain: str, sections: Sections) -> Span | None:
    """Something by which the writer can be reached: an address, a telephone number or an e-mail address."""
    asked = sections.of(Part.CONTACT)
    for section in asked:
        answer = plain[section.body : section.end].strip()
        if _REDACTED.search(answer) or EMAIL.search(answer) or len(re.findall(r"\w+", answer)) >= 2:
            return section.body, section.end
    others = [(section.start, section.end) for section in sections.of(Part.INFRINGER)]
    words = blank(_without_headings(plain, sections), others)
    for pattern in (EMAIL, PHONE, _LABELLED, _REACH, _REACHED, _STREET):
        if match := pattern.search(words):
            return match.span("value") if pattern is _LABELLED else match.span()
    return None if _is_asked(asked) else _redacted_block(words)


def _is_asked(sections: list[Section]) -> bool:
    return any(section.asked for section in sections)


def _without_headings(plain: str, sections: Sections) -> str:
    return blank(plain, [(section.start, section.body) for section in sections.all])


def _lines(plain: str) -> list[re.Match[str]]:
    return [line for line in _LINE.finditer(plain) if line[0].strip(" \t-=#.")]


def _after_closing(plain: str) -> Span | None:
    for closing in reversed(list(_CLOSING.finditer(plain))):
        following = [
            line for line in _LINE.finditer(plain, closing.end(), closing.end() + 400) if line[0].strip(" -.,")
        ]
        for line in following[:2]:
            words = line[0].strip()
            if _REDACTED.search(words) or (len(words) <= 70 and _NAME.match(words) and not words.endswith((".", "?"))):
                return line.span()
    return None


def _last_name(plain: str) -> Span | None:
    for line in reversed(_lines(plain[-2_000:])[-_TAIL_LINES:]):
        words = re.sub(r"^\s*\d{1,2}[.)]\s*", "", line[0]).strip(" \t,.-")
        if _REDACTED.match(words) or _is_name(words):
            offset = max(0, len(plain) - 2_000)
            return line.start() + offset, line.end() + offset
    return None


def _is_name(words: str) -> bool:
    """Return whether a line is a person's name: words with capitals and particles, or a name without capitals."""
    if _UNSPACED_NAME.fullmatch(words):
        return _CLAUSE_OF_A_LETTER.search(words) is None
    names = [name for name in re.split(r"[ ,]{1,3}", words) if name]
    capital = [name for name in names if name[0].isupper() and _NAME_PART.fullmatch(name)]
    others = [name for name in names if name not in capital]
    return 2 <= len(names) <= _MOST_NAMES and names[-1] in capital and all(name in _PARTICLES for name in others)


def _redacted_block(plain: str) -> Span | None:
    """Two or more redacted lines together are a name with an address, or a number, beneath it."""
    offset = max(0, len(plain) - 4_000)
    redacted = [line for line in _lines(plain[offset:]) if _REDACTED.match(line[0].strip(" \t0123456789.)"))]
    if len(redacted) >= 2:
        return redacted[0].start() + offset, redacted[-1].end() + offset
    return None
