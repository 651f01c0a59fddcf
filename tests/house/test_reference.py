"""The reference tables say what the code says."""

import json

import pytest

from tools import reference


@pytest.mark.parametrize("name", ["settings.md", "events.md", "errors.md", "codes.md"])
def test_a_reference_table_is_fresh(name: str) -> None:
    """Run `make schemas` where this fails."""
    assert (reference.FOLDER / name).read_text(encoding="utf-8") == reference.documents()[name]


def test_the_pages_of_problems_are_fresh() -> None:
    """Run `make schemas` where this fails."""
    assert reference.PROBLEM_PAGES.read_text(encoding="utf-8") == reference.problem_pages()


def test_a_code_is_described_by_what_it_belongs_to() -> None:
    """Not by a case of it that has no code of its own, of which the words would say too little."""
    pages = json.loads(reference.problem_pages())
    assert [one["description"] for one in pages["validation_failed"]] == [
        "Fields of the request are missing, unknown or out of range."
    ]
