"""URLs as people write them: bare, disguised, in brackets, followed by a full stop, broken over two lines."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from libraries.notices.address import MAX_URL_LENGTH
from libraries.notices.scripts import UNSPACED, marks
from libraries.notices.top_level_domains import is_registered_under
from libraries.notices.url_ends import ENTITY, INVISIBLE, STOP, decoded, end_of, without_trailing
from libraries.notices.wrapped_links import unwrapped

_LONGEST = MAX_URL_LENGTH + 1  # enough to see that a URL is too long, and no more
_LETTER = rf"(?:[^\W{UNSPACED}]|-)"  # of a host without a scheme: letters without spaces are the sentence before it
_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
_URL = re.compile(
    rf"(?P<scheme>h(?:tt|xx|\*\*)ps?)(?P<slashes>\[://\]|(?:\[:\]|[:\uff1a])(?://|\uff0f\uff0f))[^{STOP}]{{2,{_LONGEST}}}"
    # Without a scheme: `www.` or a path says that a domain name is meant as an address.
    rf"|(?<![^\W{UNSPACED}])(?<![@/.%=&+-])(?:www\d?\.(?:{_LETTER}{{1,63}}{_DOT}){{1,6}}{_LETTER}{{2,24}}"
    rf"(?:/[^{STOP}]{{0,{_LONGEST}}})?"
    rf"|(?P<host>(?:{_LETTER}{{1,63}}{_DOT}){{1,6}}{_LETTER}{{2,24}})(?::\d{{2,5}})?"
    rf"[/?][^{STOP}]{{1,{_LONGEST}}})",
    re.IGNORECASE,
)
_FILE = r"\.(?:pdf|epub|mobi|azw3|djvu|zip|rar|7z|docx?|xlsx?|pptx?|txt|mp[34]|apk|exe|ipa|html?|png|jpe?g)"
_REST_OF_FILE_NAME = re.compile(rf"(?: [^\s<>\"]{{1,60}}){{1,20}}?{_FILE}(?=[ \t]*(?:\r?\n|$))", re.IGNORECASE)
_ENDS_IN_FILE = re.compile(rf"{_FILE}$", re.IGNORECASE)
_STARTS_LINE = re.compile(r"[ \t>*+\-\u2022\d.)\]]{0,12}(?:\w{1,20}:[ \t]*)?", re.IGNORECASE)
_NEXT_LINE = re.compile(
    rf"=?[ \t]*\r?\n[> \t]*((?:[^\W{UNSPACED}]|[%~/.?=&#+\-()]){{1,300}})(>?)[ \t]*(?=\r?\n|$|[{UNSPACED}{marks()}])"
)
_FOLD = re.compile(r"=?[ \t]*\r?\n[> \t]*")
_CUT = re.compile(r"[._]?")  # at the end of a folded line these belong to the URL, elsewhere to the sentence
_WRAPPED_AT = 40  # mail programs fold long URLs; a short one ended on purpose
_MAX_FOLDS = 6
_SCHEME = re.compile(r"(h)(?:tt|xx|\*\*)(ps?)(?:\[://\]|(?:\[:\]|[:\uff1a])(?://|\uff0f\uff0f))", re.IGNORECASE)
_DISGUISED_DOT = re.compile(r"\[\.\]|\(\.\)|\[dot\]|\(dot\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of the text where a URL stands, and the URL as it was meant."""

    url: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """Return the normal form that two spellings of one address share."""
        return url_key(self.url)


def url_key(url: str) -> str:
    """A URL without what does not tell two pages apart: scheme, `www.`, the host's case, a closing slash."""
    host, slash, path = url.partition("://")[2].partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")


def find_urls(text: str, is_own: Callable[[str], bool] | None = None) -> list[Mention]:
    """Every mention of a URL, in the order of the text.

    A domain name without a scheme is an address where its ending is a usual one, or where `is_own` knows the address.
    """
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
        if url is None or not _is_meant(match, url, is_own):
            position = match.end("host") if match["host"] else position
            continue
        mentions.append(Mention(url=url, start=start, end=end))
        end_of_last = position = end
    return mentions


def _is_meant(match: re.Match[str], url: str, is_own: Callable[[str], bool] | None) -> bool:
    host = match["host"]
    if host is None:
        return True
    return is_registered_under(_DISGUISED_DOT.sub(".", host)) or (is_own is not None and is_own(url))


def _end_of(text: str, match: re.Match[str]) -> int:
    start = match.start()
    head = match.end("slashes") if match["scheme"] else start
    return end_of(text, start, head, match.end())


def _continued(text: str, start: int, end: int) -> int:
    """Return where the URL ends when its line was folded by a mail program, or its file name has spaces."""
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
        end = folded.start(1) + len(without_trailing(folded[1]))
    return end


def _goes_on(text: str, start: int, end: int, folded: re.Match[str], *, bracketed: bool) -> bool:
    """Return whether the next line is the rest of a URL: RFC 3986 appendix C for brackets, the cut for the rest."""
    piece, last = without_trailing(folded[1]), text[folded.start() - 1]
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
    """The address to use: folds joined, disguises, entities and wrappers taken off, a scheme in front, no spaces."""
    url = INVISIBLE.sub("", decoded(_FOLD.sub("", written)) if ENTITY.search(written) else _FOLD.sub("", written))
    url = _DISGUISED_DOT.sub(".", _SCHEME.sub(r"\1tt\2://", url, count=1)).replace(" ", "%20")
    if "://" not in url:
        url = f"https://{url}"
    scheme, _, rest = url.partition("://")
    rest = rest.strip("/") if not rest.strip("/") else rest
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "." not in host.strip(".") or len(url) > MAX_URL_LENGTH:
        return None
    return unwrapped(f"{scheme.lower()}://{rest}")
