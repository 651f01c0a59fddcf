"""Tests that share a platform run one after the other, on one worker."""

import os

import pytest


@pytest.mark.xdist_group("kept together")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process needs no groups")
def test_a_group_of_tests_is_kept_together(request: pytest.FixtureRequest) -> None:
    """The name of the group is in the test's own; without it each test would start a platform for itself."""
    assert request.node.nodeid.endswith("@kept together")
