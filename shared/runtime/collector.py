"""The garbage collector of a process that serves: it need not walk through what will stay anyway."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OUTER: Final[list[str]] = []  # gc.get_freeze_count() would tell as well, and walks through all that is kept


@contextmanager
def nothing_old_to_search() -> Iterator[None]:
    """What was loaded until now stays for good.

    Without this, the collector searches all of it ever and again, and every request of that moment waits 100 ms. Within
    another it does nothing: a process that starts many services, one after the other, searches what it loaded once.
    """
    if _OUTER:
        yield
        return
    gc.collect()
    gc.freeze()
    _OUTER.append("kept")
    try:
        yield
    finally:
        _OUTER.clear()
        gc.unfreeze()
