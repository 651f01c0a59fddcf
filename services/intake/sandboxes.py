"""The processes in which this service opens files of strangers: what became of them, told to callers and operators."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import Counter

from libraries.documents.sandbox.pool import Sandbox
from libraries.documents.sandbox.shares import Busy
from shared.runtime.errors import Unavailable

overran = Counter("marque_sandbox_killed", "Files whose process took too much, and was ended", ["worker"])


@contextmanager
def place(sandbox: Sandbox[Any], account: str) -> Iterator[None]:
    """A place for one file, to be taken before it is received. Raises `Unavailable`."""
    try:
        with sandbox.place(account):
            yield
    except Busy as full:
        raise Unavailable(str(full)) from None
