"""Stored forms of tokens and addresses: keyed hashes, which nobody can turn back or compute without the key."""

import hashlib
import hmac
from uuid import UUID

from shared.contracts.ids import AccountId


def hash_of(key: bytes, kind: str, value: str) -> bytes:
    """The keyed hash of a value (a token, an address) of one kind."""
    return hmac.digest(key, f"public notices\0{kind}\0{value}".encode(), hashlib.sha256)


def account_of(key: bytes, email: str) -> AccountId:
    """The account that stands for an e-mail address, so that its notices have a standing like any reporter's."""
    digest = bytearray(hash_of(key, "account", mailbox(email))[:16])
    digest[6] = digest[6] & 0x0F | 0x80  # version 8 of RFC 9562: made of what is hashed
    digest[8] = digest[8] & 0x3F | 0x80
    return AccountId.of(UUID(bytes=bytes(digest)))


def mailbox(email: str) -> str:
    """An address as it is counted: upper and lower case are the same mailbox nearly everywhere."""
    return email.lower()
