"""Words that were ours alone stay retired, and the look-out for them sees them."""

import re

import pytest

from tools.retired_words import RETIRED, found


def test_no_retired_word_is_said() -> None:
    """Run `python -m tools.retired_words` where this fails: it says what to say instead."""
    assert list(found()) == []


@pytest.mark.parametrize(
    "line",
    [
        "docket = await open_docket(session)", "class Shelf:", "the wrong door", "a matter at the desk",
        "items hung on it", "There is no such thing", "from gateway.door import Door", "vouched = 1",
        "the next edition", "bury(message)",
    ],
)  # fmt: skip
def test_such_a_line_is_seen(line: str) -> None:
    assert any(re.search(row.pattern, line) for row in RETIRED)


@pytest.mark.parametrize(
    "line", ["as a matter of fact no matter", "requests in flight", "hung up", "the tlog-checkpoint format"]
)
def test_words_of_english_and_of_standards_are_left_alone(line: str) -> None:
    seen = [row for row in RETIRED if re.search(row.pattern, line) and "gateway/" not in row.scope[:1]]
    assert [row.pattern for row in seen if not any(re.search(allowed, line) for allowed in row.allowed)] == []
