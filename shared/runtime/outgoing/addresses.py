"""Where a request of ours may go: an address on the public Internet, over TLS (OWASP API7, request forgery).

A name can mean another address tomorrow, so the shape of a URL is checked when it is given and the address itself when
the connection to it is made (`sessions.py`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import ClassVar
from urllib.parse import urldefrag, urljoin

import idna

from shared.runtime.errors import FieldError, Invalid

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253}|[^\x00-\x2c/:-@\[-`{-\x9f\s]{1,253})(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][!-~]*)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_IN_URLS = re.compile(r"[^\s\"<>\\^`{|}#]*")

_REFUSED_V4 = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(
    (ip_network(network), what)
    for network, what in (
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a tunnel to IPv4 (6to4)"),
        ("3fff::/20", "for documentation"),
    )
)
_PUBLIC_PORTS = {443}
_LEAST_PORT = 1024


class AddressRefused(Invalid):
    """No request of ours may go to this address. Who documents it under a name of its own raises a subclass."""

    not_https: ClassVar[str] = "Only https addresses are called."


@dataclass(frozen=True)
class Target:
    """A URL that may be called, as far as can be seen from the URL alone; its host is in ASCII."""

    url: str
    host: str
    port: int
    secure: bool
    loopback: bool


def refusal(address: str) -> str | None:
    """Return why no request may go to this address; None where it may. Anything that is not plainly public is refused.

    Among IPv6 only global unicast is public, not IPv4-mapped, NAT64, unique local or link-local.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "not an address"
    if isinstance(ip, IPv4Address):
        return _why_v4(ip)
    return _why_v6(ip)


def is_loopback(address: str) -> bool:
    """Return whether this is the machine itself, said plainly: an IPv4-mapped loopback is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback and not (isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None)


_Refusing = Callable[[str, str], AddressRefused]


def target_of(
    url: str, *, allow_loopback: bool, pointer: str = "/url", error: type[AddressRefused] = AddressRefused
) -> Target:
    """Return where a URL leads. Raises `error` with what is wrong with it, at `pointer`.

    The URL must be plain: no user information, which confuses parsers and leaks, no fragment, and no number in place of
    a name, which some resolvers take for an address. A host in the letters of another alphabet becomes its `xn--` form.
    """

    def refused(code: str, message: str) -> AddressRefused:
        return error(message, errors=[FieldError(pointer, code, message)])

    found = _URL.fullmatch(url)
    if found is None or not _IN_URLS.fullmatch(url):
        raise refused("url_malformed", "Give a plain https URL with a host, without user information.")
    name = _in_ascii(found["host"], refused)
    url = f"{url[: found.start('host')]}{name}{url[found.end('host') :]}"
    host = name.strip("[]").lower().rstrip(".")
    secure = found["scheme"].lower() == "https"
    port = int(found["port"] or (443 if secure else 80))
    if not 0 < port < 65536:
        raise refused("url_port", "The port is not between 1 and 65535.")
    if host == "localhost" or is_loopback(host):
        if not allow_loopback:
            raise refused("address_loopback", "This is the platform's own machine.")
        return Target(url, host, port, secure, loopback=True)
    if not secure:
        raise refused("url_not_https", error.not_https)
    if port not in _PUBLIC_PORTS and port < _LEAST_PORT:
        raise refused("url_port", f"Use port 443, or one from {_LEAST_PORT} up.")
    _check_host(host, refused)
    return Target(url, host, port, secure, loopback=False)


def redirected(target: Target, location: str) -> Target:
    """Return where a redirect leads (RFC 9110, section 10.2.2). Raises `AddressRefused`.

    It is checked as the first address was, and leads neither from the public Internet to this machine nor out of TLS.
    """
    try:
        url = urldefrag(urljoin(target.url, location)).url
    except ValueError:
        raise AddressRefused("A redirect leads to no address.") from None
    to = target_of(url, allow_loopback=target.loopback)
    if target.secure and not to.secure:
        raise AddressRefused("A redirect leads out of TLS.")
    return to


def _in_ascii(host: str, refused: _Refusing) -> str:
    """Return a host's `xn--` form (IDNA 2008, UTS 46). What it is mapped to is checked afterwards like any other."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise refused("url_host", f"The host is no domain name: {error}.") from None


def _check_host(host: str, refused: _Refusing) -> None:
    try:
        ip_address(host)
    except ValueError:
        labels = host.split(".")
        named = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
        if not named or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
            raise refused("url_host", "The host is not a full domain name.") from None
        return
    if why := refusal(host):
        raise refused("address_not_public", f"The address is {why}.")


def _why_v4(ip: IPv4Address) -> str | None:
    return next((what for network, what in _REFUSED_V4 if ip in network), None)


def _why_v6(ip: IPv6Address) -> str | None:
    if ip not in _GLOBAL_V6:
        return "not global unicast"
    return next((what for network, what in _REFUSED_V6 if ip in network), None)
