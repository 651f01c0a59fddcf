"""The parser against real notices, labelled by hand: `labels.json` has facts about them, never their text.

The notices are third parties' and are not part of the project; where they are not at hand, these tests are skipped.
Each file's label says what kind of text it is, which elements it has (null where a redaction hides it), and the
complained-of URLs as the first twelve hexadecimal digits of the SHA-256 of the URL without scheme, `www.` and closing
slash. A file's `set` says when it was labelled: rules were tuned on `a` and `b` after their first measurement, and not
on `c` and `d`, whose figures are the ones to trust. `either` are URLs that may be counted or not; `d` says
nothing of elements.
"""

import hashlib
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from libraries.notices import MarketplaceUrls, ParsedNotice, UrlPattern
from libraries.notices.parse import parse_notice
from libraries.notices.urls import url_key

NOTICES = Path(__file__).parents[4] / "shared" / "data" / "notices"
LABELS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
KIND_OF_FOLDER = {"notice": "notice", "counter-notice": "counter_notice", "retraction": "retraction"}
# A complaint filed among the counter-notices, and the platform's own announcement that it reversed one.
IN_THE_WRONG_FOLDER = {
    "counter-notice/2018-07-30-advancedfpscounter.md": "notice",
    "counter-notice/2024-10-02-plugin-api-counternotice-reversal.md": "other",
}
HOSTING = MarketplaceUrls(
    patterns=(
        UrlPattern(
            marketplace="hosting",
            pattern=r"(?:github\.com|gist\.github\.com|raw\.githubusercontent\.com)/(?P<listing_id>[^/?]+/[^/?]+)",
        ),
    ),
    hosts=("github.com", "gist.github.com", "*.githubusercontent.com", "*.github.io"),
    pages=(r"github\.com/(?:github/|contact|about|site|security)", r"(?:help|docs|support)\.github\.com"),
)

pytestmark = pytest.mark.skipif(not NOTICES.is_dir(), reason=f"the real notices are not at {NOTICES}")


@cache
def parsed(name: str) -> ParsedNotice:
    return parse_notice((NOTICES / name).read_text(encoding="utf-8", errors="replace"), HOSTING)


def labelled(chosen: str) -> dict[str, dict[str, Any]]:
    return {name: label for name, label in LABELS.items() if label["set"] == chosen}


def short_hash(url: str) -> str:
    return hashlib.sha256(url_key(url).encode()).hexdigest()[:12]


def complained(name: str) -> set[str]:
    """The hashes of what is complained of, without what may be counted or not."""
    return {short_hash(url.url) for url in parsed(name).complained} - set(LABELS[name].get("either", ()))


@pytest.mark.parametrize("chosen", ["a", "b", "c", "d"])
def test_complained_urls_are_found_and_others_left_alone(chosen: str) -> None:
    found = missed = wrong = 0
    for name, label in labelled(chosen).items():
        got, truth = complained(name), set(label["complained"])
        found, missed, wrong = found + len(got & truth), missed + len(truth - got), wrong + len(got - truth)
    assert found / (found + missed) >= 0.99
    assert found / (found + wrong) >= 0.99


def test_the_complained_urls_of_most_notices_are_exactly_right() -> None:
    """Counted by notice, so that one list of two hundred URLs does not speak for everybody."""
    exact = [complained(name) == set(LABELS[name]["complained"]) for name in LABELS]
    assert sum(exact) / len(exact) >= 0.97


def test_labelled_kinds_are_told() -> None:
    right = sum(parsed(name).kind == label["kind"] for name, label in LABELS.items())
    assert right / len(LABELS) >= 0.99


def test_each_element_is_told_present_or_absent() -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, label in LABELS.items():
        for element, present in label["elements"].items():
            if present is not None:
                found = {key.value: value.present for key, value in parsed(name).elements.items()}
                right[element] += found.get(element) == present
                total[element] += 1
    assert {element for element in total if right[element] / total[element] < 0.97} == set()


def test_all_notices_are_read_and_their_kinds_told() -> None:
    names = [f"{path.parent.name}/{path.name}" for path in sorted(NOTICES.glob("*/*.md"))]
    truth = {name: IN_THE_WRONG_FOLDER.get(name, KIND_OF_FOLDER[name.partition("/")[0]]) for name in names}
    right = sum(parsed(name).kind == kind for name, kind in truth.items())
    assert right / len(names) >= 0.99


STATEMENTS = {
    "good_faith": r"good[- ]faith|firmly believe",
    "accuracy": r"accura|true and correct",
    "authority_under_perjury": r"perjury",
    "mistake_under_perjury": r"perjury",
    "consent_to_jurisdiction": r"jurisdiction",
    "accepts_service": r"service",
}


@pytest.mark.parametrize("element", STATEMENTS)
def test_a_statement_taken_out_is_missed(element: str) -> None:
    """Nearly all published notices are complete, so what is absent has to be made so."""
    for name, label in LABELS.items():
        if label["elements"].get(element):
            paragraphs = re.split(r"\n\s*\n", (NOTICES / name).read_text(encoding="utf-8", errors="replace"))
            without = [words for words in paragraphs if not re.search(STATEMENTS[element], words, re.IGNORECASE)]
            elements = parse_notice("\n\n".join(without), HOSTING).elements
            assert not any(key.value == element and found.present for key, found in elements.items()), name
