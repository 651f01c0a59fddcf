"""Web addresses in one normal form, so that two spellings of one address name one listing.

RFC 3986, section 6.2.2 and 6.2.3: the host's case, percent-encoding, dot segments, the default port; RFC 5891 and
UTS 46: a host in Unicode and its `xn--` form are one; Unicode normalization form C, so that a letter is one however it
is composed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

MAX_URL_LENGTH: Final = 2_048
_PORTS: Final = {"http": 80, "https": 443}
_ESCAPED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # octets (RFC 1035, section 2.3.4)


@dataclass(frozen=True)
class Address:
    """A web address taken apart.

    Attributes:
        host: the name in its `xn--` form, without `www.`, with a port that is not the scheme's own.
        forms: host, path and query as patterns see them, the normal form first; others where letters beyond ASCII can
            be written out.
        whole: the same with the fragment, for patterns that see it.
    """

    host: str
    forms: tuple[str, ...]
    whole: tuple[str, ...]


def address_of(url: str) -> Address | None:
    """Take an address apart; None for what is none of the web, is too long, or has user information."""
    if len(url) > MAX_URL_LENGTH:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = _authority(parts)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    rest = without_dots(_written_out(parts.path)) + (f"?{_written_out(parts.query)}" if parts.query else "")
    fragment = f"#{_written_out(parts.fragment)}" if parts.fragment else ""
    return Address(host, _forms(host, rest), _forms(host, rest + fragment))


def _forms(host: str, rest: str) -> tuple[str, ...]:
    hosts = dict.fromkeys((host, _in_unicode(host)))
    rests = (rest,) if rest.isascii() else (_encoded(rest), rest)
    return tuple(f"{name}{text}" for name in hosts for text in rests)


def normal_host(host: str) -> str:
    """Return a host in small letters and its `xn--` form; a leading `*.` stays."""
    wild, name = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    name = unicodedata.normalize("NFC", name.strip()).rstrip(".")
    return wild + (name if name.isascii() else _encoded_host(name)).lower()


@lru_cache(maxsize=4096)
def _encoded_host(name: str) -> str:
    """The `xn--` form of a host, or the host itself where it has none.

    Whether it is too long is looked at first: the library does so last, after work that grows with the square of it.
    """
    if len(name) > _LONGEST_HOST:
        return name
    try:
        mapped = idna.uts46_remap(name, std3_rules=False)
        if len(mapped) > _LONGEST_HOST or any(_is_too_long(label) for label in mapped.split(".")):
            return name
        return idna.encode(mapped).decode()
    except (idna.IDNAError, UnicodeError):
        return name


def _is_too_long(label: str) -> bool:
    """Return whether a label takes more than 63 octets in its `xn--` form (RFC 5890, section 2.3.2.1)."""
    return not label.isascii() and (len(label) > _LONGEST_LABEL or 4 + len(label.encode("punycode")) > _LONGEST_LABEL)


def normal_id(listing_id: str) -> str:
    """Return a listing's id as it stands in the normal form of its address."""
    if listing_id.isascii() and "%" not in listing_id:
        return listing_id
    return _encoded(_written_out(listing_id))


def without_dots(path: str) -> str:
    """Remove the segments `.` and `..` (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _authority(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        raise ValueError("user information")
    name = normal_host(parts.hostname or "").removeprefix("www.")
    port = parts.port
    return name if port is None or port == _PORTS.get(parts.scheme) else f"{name}:{port}"


def _in_unicode(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host


def _written_out(text: str) -> str:
    """Decode what need not be escaped, and letters beyond ASCII, which are composed; escapes are in capitals."""
    if "%" in text:
        text = _ESCAPED.sub(_unescaped, text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unescaped(found: re.Match[str]) -> str:
    octets = bytes.fromhex(found[0].replace("%", ""))
    return "".join(map(_readable, octets.decode("utf-8", "surrogateescape")))


def _readable(letter: str) -> str:
    if letter in _UNRESERVED or (not letter.isascii() and letter.isprintable()):
        return letter
    return _percent(letter.encode("utf-8", "surrogateescape"))


def _encoded(text: str) -> str:
    return _NOT_ASCII.sub(lambda found: _percent(found[0].encode("utf-8", "surrogatepass")), text)


def _percent(octets: bytes) -> str:
    return "".join(f"%{octet:02X}" for octet in octets)
