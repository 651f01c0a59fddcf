"""Top-level domains: those of ICANN, as the Public Suffix List has them, and those kept for examples (RFC 2606)."""

from functools import cache

from publicsuffixlist import PublicSuffixList

_EXAMPLES = (".example", ".test")
_LONGEST = 24  # of a label in its own letters


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def is_registered_under(host: str) -> bool:
    """Return whether a host is a name below a domain under which names are given out."""
    name = host.lower()
    return name.endswith(_EXAMPLES) or _suffixes().privatesuffix(name) is not None


def top_level_domain_at(text: str, start: int, end: int) -> int | None:
    """Return where the longest top-level domain ends that stands at a place of a text; None where none does."""
    for last in range(min(end, start + _LONGEST), start, -1):
        if _suffixes().publicsuffix(text[start:last].lower()) == text[start:last].lower():
            return last
    return None
