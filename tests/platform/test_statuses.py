"""Every status that a brand or a vendor meets stands in the document; what the operator meets: `test_openapi.py`."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance

from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

CHECKS = [status_code_conformance]
ROLES = ["brand", "vendor"]
EXAMPLES = 1
STREAMS = {"list_events"}
BOUNDED = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.parametrize("role", ROLES)
def test_every_status_that_occurs_is_documented(platform: LivePlatform, role: str) -> None:
    document = schemathesis.openapi.from_url(f"{platform.base_url}/openapi.json")
    headers = {"Authorization": f"Bearer {platform.keys[role]}"}
    found: list[Any] = [each.ok() for each in document.get_all_operations()]  # type: ignore[union-attr]
    failures: list[str] = []
    for operation in found:
        if operation.definition.raw.get("operationId") in STREAMS:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            failures += _failures(operation, mode, headers)
    assert not failures, "\n\n".join(failures)


def _failures(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> list[str]:
    @settings(max_examples=EXAMPLES, **BOUNDED)  # type: ignore[arg-type]
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    try:
        check()
    except Unsatisfiable:  # there is nothing about this operation that could be wrong
        return []
    except FailureGroup as group:
        return [f"{operation.label}: {failure.title}: {failure.message}"[:400] for failure in group.exceptions]
    return []
