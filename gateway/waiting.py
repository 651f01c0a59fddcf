"""Which calls wait: a claim until there is work, an event stream for what is still to come.

They are counted apart from other calls and take no place from these.
"""

import orjson

from gateway.request_head import RequestHead

_CLAIM = "/v1/tasks/claim"
_EVENTS = "/v1/events"
_STREAM = b"text/event-stream"


def may_wait(head: RequestHead) -> bool:
    """Tell whether this may be such a call; `waits` needs the body of a claim to know."""
    return head.path == _CLAIM or (head.path == _EVENTS and _STREAM in head.value(b"accept"))


def waits(head: RequestHead, body: bytes) -> bool:
    """Tell whether a call that may wait will: a claim that names seconds to wait, or whose body cannot be read here."""
    if head.path == _EVENTS:
        return True
    try:
        claim = orjson.loads(body)
    except orjson.JSONDecodeError:
        return bool(body)
    return isinstance(claim, dict) and claim.get("wait_seconds", 0) not in (0, None)
