"""Whose address a request comes from, when it may have come through proxies of our own."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from gateway.settings import Network


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an address lies in one of these networks."""
    if not _is_address(address):
        return False
    found = ip_address(address)
    return any(found.version == network.version and found in network for network in networks)


class Proxies:
    """The networks of our own proxies."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        return is_within(address, self._networks)

    def caller(self, peer: str, forwarded_for: bytes) -> str:
        """The nearest address that is not one of our proxies: further ones could be made up by the caller."""
        if not forwarded_for or not self.trusts(peer):
            return peer
        nearest = peer
        for part in reversed(forwarded_for.decode("latin-1").split(",")):
            address = part.strip()
            if not _is_address(address):
                return nearest
            nearest = address
            if not self.trusts(address):
                return address
        return nearest


@lru_cache(maxsize=4096)
def quota_of(address: str) -> str:
    """Whose quota an address counts against: one household or machine has a whole /64 of IPv6 addresses."""
    found = ip_address(address) if _is_address(address) else None
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
