"""Why a key is refused, and how to mend it: what can be told without a look at what is stored, and what only the holder
of the whole key is told.
"""

from typing import Final

from gateway.domain.api_keys import FAMILY, MAX_LENGTH, PREFIX, checksum_fits
from gateway.request_head import RequestHead
from shared.runtime.errors import Unauthenticated

_KEY: Final = PREFIX.encode()
_HOW: Final = "send Authorization: Bearer <key>"


class KeyExpired(Unauthenticated):
    """The key was replaced and its overlap is over, or the time of its client has passed."""

    code = "key_expired"
    title = "The key has expired: use the one that replaced it, or ask for a new one"


class KeyRevoked(Unauthenticated):
    """The client of the key was revoked; it does not come back."""

    code = "key_revoked"
    title = "The key was revoked: ask whoever looks after your account for a new one"


class KeyOfClosedAccount(Unauthenticated):
    """The account of the key is closed."""

    code = "key_of_closed_account"
    title = "The account of this key is closed: ask the operator of the marketplace"


def fault_of_key(key: str) -> str:
    """Say what is wrong with a key that none can be: its kind, its length, a character."""
    if not key.startswith(PREFIX):
        return f"Keys begin with {PREFIX}; there is no sandbox with keys of its own."
    if len(key) != MAX_LENGTH:
        return f"The key is not whole: a key has {MAX_LENGTH} characters, and this one has {len(key)}. Copy it again."
    if not checksum_fits(key):
        return "The key is mistyped: its last six characters do not fit the others. Copy it again."
    return "The key is mistyped: it holds a character that no key has. Copy it again."


def fault_of_scheme(authorization: bytes) -> str:
    """Say what is wrong with an Authorization header that is none of a key or a token."""
    if not authorization:
        return f"No key came with the request; {_HOW}."
    if authorization.startswith(FAMILY.encode()):
        return f"The word Bearer is missing before the key; {_HOW}."
    scheme = authorization.partition(b" ")[0].lower()
    if scheme == b"bearer":
        return f"There is nothing after the word Bearer; {_HOW}."
    named = scheme[:20].decode("latin-1") if scheme.isalnum() else "this"
    return f"The scheme {named} is not understood here; {_HOW}."


def misplaced(head: RequestHead) -> str | None:
    """Say where a key came that did not come in the Authorization header; None where there is none."""
    for name, value in head.passed_on:
        if value.startswith(_KEY):
            return f"The key came in the header {name.decode('latin-1').title()[:60]}; {_HOW}."
    if _KEY.decode() in head.target:
        return f"The key came in the address, which others log: rotate it, and {_HOW}."
    return None
