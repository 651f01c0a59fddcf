"""The garbage collector of a process that serves: it need not walk through what stays, nor what goes by itself."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OUTER: Final[list[str]] = []  # gc.get_freeze_count() would tell as well, and walks through all that is kept

_YOUNG = 10_000
"""Things made, and not gone by themselves, before what is new is searched: hundreds of rows of one report come to more
than the usual 700 at once, and are gone a moment later.
"""

_SEARCHES_OF_YOUNG = 50
"""How often what is new is searched before what is older is. Hardly anything older is rubbish: it belongs to requests
that wait for the database, and goes by itself with their answers. Searching it took a busy service a tenth of its time.
"""


@contextmanager
def nothing_old_to_search() -> Iterator[None]:
    """Exclude what was loaded until now from garbage collection, and search long-lived objects rarely.

    Without this, the collector searches all of it ever and again, and every request of that moment waits 100 ms. Within
    another it does nothing: a process that starts many services, one after the other, searches what it loaded once.
    """
    if _OUTER:
        yield
        return
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _SEARCHES_OF_YOUNG, usual[2])
    _OUTER.append("kept")
    try:
        yield
    finally:
        _OUTER.clear()
        gc.set_threshold(*usual)
        gc.unfreeze()
