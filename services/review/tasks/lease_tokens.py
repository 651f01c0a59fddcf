"""Lease tokens: they carry the fence of the lease, signed, so that nobody can make one up.

The fence is a number that grows with every claim. Whoever writes under a lease shows it, and the write takes place only
where the hold still has this very number: a worker that was paused and wakes up holds an older one.
"""

import base64
import binascii
import hashlib
import hmac

_FENCE_BYTES = 8
_TAG_BYTES = 16


def seal(key: bytes, task_id: str, fence: int) -> str:
    """The token of a lease."""
    raw = fence.to_bytes(_FENCE_BYTES, "big")
    return base64.urlsafe_b64encode(raw + _tag(key, task_id, raw)).decode()


def fence_of(key: bytes, task_id: str, token: str) -> int | None:
    """The fence in a token of this task; None where the token is no such thing."""
    try:
        blob = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    raw, tag = blob[:_FENCE_BYTES], blob[_FENCE_BYTES:]
    if not hmac.compare_digest(tag, _tag(key, task_id, raw)):
        return None
    return int.from_bytes(raw, "big", signed=False)


def _tag(key: bytes, task_id: str, raw: bytes) -> bytes:
    return hmac.digest(key, b"lease\0" + task_id.encode() + b"\0" + raw, hashlib.sha256)[:_TAG_BYTES]
