"""Addresses out of the links that mail gateways and other programs put around them. Nothing is fetched."""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

_MOST_WRAPPINGS = 5
_LONGEST = 8_192
_V3 = re.compile(r"/v3/__(?P<url>.+?)__;(?P<encoded>[A-Za-z0-9_=-]*)!", re.DOTALL)
_V3_GAP = re.compile(r"\*(?:\*(?P<length>[A-Za-z0-9_-]))?")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HAS_SCHEME = re.compile(r"https?:/{1,2}(?=[^/])", re.IGNORECASE)

Unwrap = Callable[[str, dict[str, list[str]]], str | None]


def unwrapped(url: str) -> str:
    """Return where a link leads once all that is wrapped around it is taken off."""
    for _ in range(_MOST_WRAPPINGS):
        inner = _inner(url) if len(url) <= _LONGEST else None
        if inner is None:
            break
        url = inner
    return url


def _inner(url: str) -> str | None:
    """The address in a link, where its host is one that wraps links and holds the address in full."""
    try:
        parts = urlsplit(url)
        place = f"{(parts.hostname or '').removeprefix('www.')}{parts.path or '/'}{'?' if parts.query else ''}"
        unwrap = next((how for places, how in _WRAPPERS if places.match(place)), None)
        if unwrap is None:
            return None
        found = unwrap(url, parse_qs(parts.query.replace("+", "%2B"), max_num_fields=50))
    except (ValueError, binascii.Error):
        return None
    if found is None:
        return None
    found = found.strip()
    scheme = _HAS_SCHEME.match(found)
    if scheme is None or any(character.isspace() or character < " " for character in found):
        return None
    return f"{scheme[0].split(':')[0].lower()}://{found[scheme.end() :]}"


def _named(*names: str) -> Unwrap:
    """The address is a parameter of the query."""

    def unwrap(_url: str, query: dict[str, list[str]]) -> str | None:
        return next((query[name][0] for name in names if name in query), None)

    return unwrap


def _proofpoint(url: str, query: dict[str, list[str]]) -> str | None:
    """URL Defense, versions 1 to 3."""
    if "/v3/" in url:
        return _proofpoint_3(url)
    given = query.get("u", [""])[0]
    if "/v2/" in url:
        return unquote(given.translate(str.maketrans("-_", "%/"))) if given else None
    return unquote(given) or None


def _proofpoint_3(url: str) -> str | None:
    """Each `*` stands for a character that follows encoded, `**` and a letter for as many as the letter counts."""
    found = _V3.search(url)
    if found is None:
        return None
    raw = found["encoded"]
    replaced = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode("utf-8", "replace")
    position = 0

    def fill(gap: re.Match[str]) -> str:
        nonlocal position
        length = _LETTERS.index(gap["length"]) + 2 if gap["length"] else 1
        taken = replaced[position : position + length]
        position += length
        return taken or gap[0]

    return _with_slashes(_V3_GAP.sub(fill, found["url"]))


def _with_slashes(url: str) -> str:
    """The address with both slashes after its scheme, of which some gateways leave one."""
    return re.sub(r"^(https?):/(?=[^/])", r"\1://", url, flags=re.IGNORECASE)


def _cisco(url: str, _query: dict[str, list[str]]) -> str | None:
    """Secure Email: the address is the last step of the path."""
    last = urlsplit(url).path.rpartition("/")[2]
    return unquote(last) if last.lower().startswith("http") else None


def _in_path(url: str, query: dict[str, list[str]]) -> str | None:
    """The address stands in the path as it is, or is a parameter."""
    found = re.search(r"/(https?(?::|%3a).+)$", urlsplit(url).path, re.IGNORECASE | re.DOTALL)
    return unquote(found[1]) if found else _named("url", "u", "a", "domain")(url, query)


def _encoded(_url: str, query: dict[str, list[str]]) -> str | None:
    """The address is a parameter in base64, after a mark of two characters (Bing)."""
    given = query.get("u", [""])[0]
    if not given.startswith("a1"):
        return None
    return base64.urlsafe_b64decode(given[2:] + "=" * (-len(given[2:]) % 4)).decode()


def _at(*hosts: str, path: str = "") -> re.Pattern[str]:
    """A pattern of hosts with the start of a path."""
    return re.compile(rf"(?:{'|'.join(hosts)})/{path}", re.IGNORECASE)


_SUB = r"(?:[\w-]+\.)*"
_WRAPPERS: tuple[tuple[re.Pattern[str], Unwrap], ...] = (
    (_at(rf"{_SUB}safelinks\.protection\."
         r"(?:(?:partner\.)?outlook\.(?:com|cn|de|us)|office365\.us|apps\.mil)"), _named("url")),
    (_at(r"statics\.teams\.(?:cdn\.)?(?:office|microsoft)\.(?:com|net)"), _named("url")),
    (_at(rf"{_SUB}proofpoint\.com", r"urldefense\.(?:com|us)", path="v[123]/"), _proofpoint),
    (_at(rf"{_SUB}google\.(?:com?\.)?[a-z]{{2,3}}", path="(?:url|imgres|aclk)"),
     _named("q", "url", "imgrefurl", "adurl")),
    (_at(rf"{_SUB}facebook\.com", r"l\.(?:instagram|messenger|threads)\.(?:com|net)", path=r"(?:l\.php|flx/warn|\?)"),
     _named("u")),
    (_at(r"slack-redir\.net"), _named("url")),
    (_at(r"linkprotect\.cudasvc\.com"), _named("a")),
    (_at(r"secure-web\.cisco\.com"), _cisco),
    (_at(rf"{_SUB}mimecast(?:protect)?\.com", rf"{_SUB}avanan\.click", rf"{_SUB}checkpoint\.com"), _in_path),
    (_at(rf"{_SUB}trendmicro\.com", rf"{_SUB}protection\.sophos\.com", rf"{_SUB}fireeye\.com"), _named("url", "u")),
    (_at(rf"{_SUB}linkedin\.com", path="(?:redir|safety/go|authwall)"), _named("url", "sessionRedirect")),
    (_at(r"out\.reddit\.com", r"vk\.com", path=r"(?:t3_|away\.php|\?)"), _named("url", "to")),
    (_at(rf"{_SUB}youtube\.com", path="redirect"), _named("q")),
    (_at(r"duckduckgo\.com", path="l/"), _named("uddg")),
    (_at(r"bing\.com", path="ck/"), _encoded),
    (_at(r"t\.umblr\.com", path="redirect"), _named("z")),
    (_at(rf"{_SUB}pinterest\.[a-z.]{{2,6}}", path="offsite"), _named("url")),
    (_at(r"steamcommunity\.com", path="linkfilter"), _named("url", "u")),
    (_at(r"deref-[\w-]+\.\w{2,4}"), _named("redirectUrl")),
)  # fmt: skip
