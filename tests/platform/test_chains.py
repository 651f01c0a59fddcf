"""Every status on the way from one answer to the next stands in the document: requests that use the ids of answers."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance

from tests.live import LivePlatform, start_platform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("chains")]

STREAMS = ["list_events"]
"""Answers that end only when the caller does."""


@pytest.fixture(scope="module")
def expendable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlatform]:
    """A platform whose accounts, keys and policies nobody else needs: chains close and revoke what they come upon."""
    live = start_platform(tmp_path_factory.mktemp("chains") / "home")
    yield live
    assert live.stop() == 0, "the runner did not stop in order"


@pytest.mark.parametrize("role", ["vendor", "brand", "admin"])
def test_every_status_on_the_way_is_documented(expendable: LivePlatform, role: str) -> None:
    document = schemathesis.openapi.from_url(f"{expendable.base_url}/openapi.json").exclude(operation_id=STREAMS)
    headers = {"Authorization": f"Bearer {expendable.keys[role]}"}
    met: set[int] = set()
    undocumented: list[str] = []

    class Chain(document.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:  # noqa: ARG002 - its name is the library's
            return {"headers": headers, "timeout": 60}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            met.add(response.status_code)
            try:
                case.validate_response(response, checks=[status_code_conformance])
            except FailureGroup as failure:  # told at the end: what would be tried again meets another platform
                undocumented.append(str(failure))

    # Each chain finds the platform as the one before has left it, so what began alike may go on otherwise.
    with contextlib.suppress(FlakyStrategyDefinition):
        Chain.run(
            settings=settings(
                max_examples=16, stateful_step_count=10, deadline=None, derandomize=True, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            )
        )  # fmt: skip
    assert undocumented == []
    assert met & {200, 201, 202}, "nothing was let in"
