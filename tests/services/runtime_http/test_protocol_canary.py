"""The private parts of uvicorn that `shared/runtime/http_protocol.py` uses: a version that changes them fails here."""

import hashlib
import inspect

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

USED = {
    "on_message_begin": "96d377fdc7c2baef",
    "on_url": "37be44e962b04ca8",
    "on_header": "65d62c044f61fdbd",
    "on_headers_complete": "1ea8589acfad92d8",
    "on_body": "dba9c32aeba35b6a",
    "on_message_complete": "1fbad42dc31fc01f",
    "on_response_complete": "64e254f28e389e76",
    "data_received": "010a7ae59a5d3b1a",
    "connection_made": "6efb565ff3d36b91",
    "connection_lost": "c91a4c9bf2e29c55",
    "shutdown": "d7351fa33f00d430",
}
"""Methods that are overridden or stand beside what is, and the digests of their sources when they were last read."""


@pytest.mark.parametrize("name", USED)
def test_a_method_of_uvicorn_is_the_one_that_was_read(name: str) -> None:
    """Where this fails: read the new one, carry over what concerns us, then write the new digest here."""
    source = inspect.getsource(getattr(HttpToolsProtocol, name))
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == USED[name]


def test_the_parts_of_a_cycle_are_there() -> None:
    names = set(RequestResponseCycle.__init__.__code__.co_names)
    assert names >= {"disconnected", "keep_alive", "message_event", "response_started", "response_complete"}
