"""URLs as people write them: bare, disguised, in brackets, followed by a full stop, broken over two lines."""

import re
from dataclasses import dataclass

from services.intake.domain.notices.marketplace import MAX_URL_LENGTH

# What ends a URL, besides white space: brackets and quotes that wrap it, CJK and directional marks that follow it.
_STOP = (
    r"\s<>\"`|{}\\^\x00-\x1f\u201c-\u201e\u00ab\u00bb\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\u3000-\u303f\uff00-\uffef"
)
_TLD = (
    "com|net|org|io|dev|app|ai|co|me|tv|info|biz|shop|store|example|test|edu|gov|eu|uk|us|ca|de|fr|es|it|nl|be|at|ch"
    "|se|no|dk|fi|pl|pt|cz|ru|ua|tr|br|mx|ar|cn|hk|tw|jp|kr|in|au|nz|za|cc|xyz|online|site|page"
)
_LONGEST = MAX_URL_LENGTH + 1  # enough to see that a URL is too long, and no more
_URL = re.compile(
    rf"(?P<scheme>h(?:tt|xx)ps?):(?P<slashes>//)[^{_STOP}]{{2,{_LONGEST}}}"
    # Without a scheme: `www.` or a path says that a domain name is meant as an address.
    rf"|(?<![\w@/.%=&+-])(?:www\d?\.(?:[\w-]{{1,63}}(?:\.|\[\.\])){{1,6}}\w{{2,24}}(?:/[^{_STOP}]{{0,{_LONGEST}}})?"
    rf"|(?:[\w-]{{1,63}}(?:\.|\[\.\])){{1,6}}(?:{_TLD})(?::\d{{2,5}})?/[^{_STOP}]{{1,{_LONGEST}}})",
    re.IGNORECASE,
)
_SECOND_URL = re.compile(r"[,;]?h(?:tt|xx)ps?://", re.IGNORECASE)
_FILE = r"\.(?:pdf|epub|mobi|azw3|djvu|zip|rar|7z|docx?|xlsx?|pptx?|txt|mp[34]|apk|exe|ipa|html?|png|jpe?g)"
_REST_OF_FILE_NAME = re.compile(rf"(?: [^\s<>\"]{{1,60}}){{1,20}}?{_FILE}(?=[ \t]*(?:\r?\n|$))", re.IGNORECASE)
_ENDS_IN_FILE = re.compile(rf"{_FILE}$", re.IGNORECASE)
_STARTS_LINE = re.compile(r"[ \t>*+\-\u2022\d.)\]]{0,12}(?:\w{1,20}:[ \t]*)?", re.IGNORECASE)
_NEXT_LINE = re.compile(r"=?[ \t]*\r?\n[> \t]*([\w%~/.?=&#+\-()]{1,300})(>?)[ \t]*(?=\r?\n|$)")
_CUT = re.compile(r"[._]?")  # at the end of a folded line these belong to the URL, elsewhere to the sentence
_WRAPPED_AT = 40  # mail programs fold long URLs; a short one ended on purpose
_MAX_FOLDS = 6
_TRAILING = ".,;:!?'*_\u2019\u2018\u2026"
_PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of the text where a URL stands, and the URL as it was meant."""

    url: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What two spellings of one address have in common."""
        return url_key(self.url)


def url_key(url: str) -> str:
    """A URL without what does not tell two pages apart: scheme, `www.`, the host's case, a closing slash."""
    host, slash, path = url.partition("://")[2].partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")


def find_urls(text: str) -> list[Mention]:
    """Every mention of a URL, in the order of the text."""
    mentions: list[Mention] = []
    end_of_last = 0
    position = 0
    while match := _URL.search(text, position):
        start, end = match.start(), _end_of(text, match)
        position = max(end, start + 1)
        if start < end_of_last or end - start > MAX_URL_LENGTH:
            continue
        end = _continued(text, start, end)
        url = _as_meant(text[start:end])
        if url is not None:
            mentions.append(Mention(url=url, start=start, end=end))
            end_of_last = position = end
    return mentions


def _end_of(text: str, match: re.Match[str]) -> int:
    """Where the URL ends once a second URL, a markdown bracket and the sentence's punctuation are cut off."""
    start, end = match.span()
    head = start + (len(match["scheme"]) + 3 if match["scheme"] else 0)
    window = text[head : min(end, start + MAX_URL_LENGTH)]
    if second := _SECOND_URL.search(window):
        before = window[: second.start()]
        # An archive keeps the address it copied in its own path: `web.archive.org/web/2020/https://...`.
        if not before.endswith(("/", "=")):
            end = head + second.start()
    bracket = text.find("](", head, end)
    if bracket >= 0:
        end = bracket
    while end > head:
        last = text[end - 1]
        opening = _PAIRS.get(last)
        if last in _TRAILING:
            end -= 1
        elif opening and text.count(last, head, end) > text.count(opening, head, end):
            end = text.find(last, _balanced_until(text, head, end, opening, last), end)
        else:
            break
    return end


def _balanced_until(text: str, start: int, end: int, opening: str, closing: str) -> int:
    """The first closing bracket that nothing opened: what wraps the URL ends there."""
    depth = 0
    for index in range(start, end):
        depth += (text[index] == opening) - (text[index] == closing)
        if depth < 0:
            return index
    return end - 1


def _continued(text: str, start: int, end: int) -> int:
    """Where the URL ends when its line was folded by a mail program, or its file name has spaces."""
    line_start = text.rfind("\n", max(0, start - 200), start) + 1
    if _is_deep(text[start:end]) and _STARTS_LINE.fullmatch(text, line_start, start):
        rest = _REST_OF_FILE_NAME.match(text, end)
        if rest and not _ENDS_IN_FILE.search(text, start, end):
            return rest.end()
    bracketed = start > 0 and text[start - 1] == "<"
    for _ in range(_MAX_FOLDS):
        cut = _CUT.match(text, end)
        folded = _NEXT_LINE.match(text, cut.end()) if cut else None
        if folded is None or not _goes_on(text, start, end, folded, bracketed=bracketed):
            break
        piece = folded[1]
        end = folded.end(1) - (len(piece) - len(piece.rstrip(_TRAILING)))
    return end


def _goes_on(text: str, start: int, end: int, folded: re.Match[str], *, bracketed: bool) -> bool:
    """Whether the next line is the rest of a URL: RFC 3986 appendix C for brackets, the cut for the rest."""
    piece, last = folded[1].rstrip(_TRAILING), text[folded.start() - 1]
    if not piece or "://" in piece:
        return False
    if (bracketed and folded[2]) or (piece.isdigit() and last in "/="):
        return True
    looks_cut = last in "/-_%=&?." or text[folded.start()] == "=" or piece[0] in "/?&%._-"
    path_like = any(mark in piece for mark in "/%=._-0123456789") and any(map(str.isalnum, piece))
    long_enough = end - start >= _WRAPPED_AT or "\n" in text[start:end]
    return looks_cut and path_like and long_enough


def _is_deep(url: str) -> bool:
    return url.partition("://")[2].count("/") >= 3


def _as_meant(written: str) -> str | None:
    """The address to use: folds joined, disguises taken off, a scheme in front, spaces escaped."""
    url = re.sub(r"=?[ \t]*\r?\n[> \t]*", "", written).replace("[.]", ".").replace(" ", "%20")
    if "://" not in url:
        url = f"https://{url}"
    scheme, _, rest = url.partition("://")
    rest = rest.strip("/") if not rest.strip("/") else rest
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "." not in host.strip(".") or len(url) > MAX_URL_LENGTH:
        return None
    return f"{scheme.lower().replace('xx', 'tt')}://{rest}"
