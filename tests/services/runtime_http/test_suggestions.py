"""What was probably meant, at a cost that whoever is refused cannot raise."""

import time

import pytest

from shared.runtime.suggestions import LONGEST_PATH, LONGEST_WORD, nearest, nearest_path, shapes

FIELDS = ("right_id", "claim", "reference", "language", "markets", "items", "explanation")
PATHS = shapes(["/v1/reports", "/v1/reports/{report_id}", "/v1/reports/{report_id}/withdraw", "/v1/tasks/claim"])
REPORT = "rep_01j9zq4m2te5rv8c3kx7w0nh6b"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("clam", "claim"), ("rightId", "right_id"), ("right-id", "right_id"), ("RIGHT_ID", "right_id"),
        ("langauge", "language"), ("item", "items"), ("nothing", None), ("", None), ("claim" * 20, None),
    ],
)  # fmt: skip
def test_the_word_that_is_nearest_is_meant(word: str, meant: str | None) -> None:
    assert nearest(word, FIELDS) == meant


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/report", "/v1/reports"), ("/reports", "/v1/reports"), ("/v1/reports/", "/v1/reports"),
        ("/V1/Reports", "/v1/reports"), ("/v2/reports", "/v1/reports"), ("/v1//reports", "/v1/reports"),
        (f"/reports/{REPORT}", "/v1/reports/{report_id}"), ("/v1/reports/1", "/v1/reports/{report_id}"),
        (f"/v1/reports/{REPORT}/witdraw", "/v1/reports/{report_id}/withdraw"), ("/wp-login.php", None), ("/", None),
        ("/v1/reports" + "/a" * LONGEST_PATH, None),
    ],
)  # fmt: skip
def test_the_path_that_is_nearest_is_meant(path: str, meant: str | None) -> None:
    assert nearest_path(path, PATHS) == meant


def test_nobody_can_make_it_dear() -> None:
    """The time is that of this process alone, and the bound a hundred times what it takes."""
    words = [f"{'ab' * 31}{number:02d}" for number in range(100)]
    paths = shapes(f"/{'ab' * 50}{number}" for number in range(200))
    began = time.process_time()
    for length in (LONGEST_WORD, 100_000):
        nearest("ba" * (length // 2), words)
    for length in (LONGEST_PATH, 100_000):
        nearest_path("/" + "ba" * (length // 2), paths)
    assert time.process_time() - began < 10
