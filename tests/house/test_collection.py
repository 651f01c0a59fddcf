"""How the tests are named, collected and shared out among the workers."""

import os

import pytest


@pytest.mark.xdist_group("kept together")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process needs no groups")
def test_a_group_of_tests_is_kept_together(request: pytest.FixtureRequest) -> None:
    """The name of the group is in the test's own; without it each test would start a platform for itself."""
    assert request.node.nodeid.endswith("@kept together")


def test_no_test_is_named_after_a_file_that_it_reads(request: pytest.FixtureRequest) -> None:
    """Such a file may hold the second of its making, and workers that collect different names run nothing."""
    assert [item.nodeid for item in request.session.items if len(item.name) > 400] == []


@pytest.mark.parametrize("content", [b"%PDF-1.7\n" + b" " * 100, "Dear Sir or Madam, " * 10])
def test_two_files_give_a_test_names_that_differ_by_a_number_alone(
    request: pytest.FixtureRequest, content: bytes | str
) -> None:
    assert request.node.name.partition("[")[2] in {"content0]", "content1]"}
