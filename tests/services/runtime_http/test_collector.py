"""What a process has loaded is searched for garbage once."""

import subprocess
import sys

KEPT = """
import gc
from shared.runtime.collector import nothing_old_to_search

with nothing_old_to_search():
    assert gc.get_freeze_count() > 100
    with nothing_old_to_search():
        made = [[] for _ in range(1000)]
        assert gc.get_freeze_count() > 100
    assert gc.get_freeze_count() > 100
    assert any(made is one for one in gc.get_objects())
assert gc.get_freeze_count() == 0
"""


def test_what_was_loaded_is_kept_until_the_outermost_ends_and_what_came_later_is_searched() -> None:
    ended = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
