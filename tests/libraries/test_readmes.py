"""Every library shows how it is used, and what is shown is so."""

import doctest
from pathlib import Path

import pytest

LIBRARIES = Path(__file__).parents[2] / "libraries"


@pytest.mark.parametrize("library", sorted(path.parent.name for path in LIBRARIES.glob("*/__init__.py")))
def test_the_example_of_a_library_does_what_it_says(library: str) -> None:
    found = doctest.testfile(str(LIBRARIES / library / "README.md"), module_relative=False)
    assert found.attempted > 3
    assert found.failed == 0
