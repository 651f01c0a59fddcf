"""Whatever fits the published document, and whatever does not: no 5xx, no answer outside it, nothing bad accepted."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.live import LivePlatform
from tests.strictness import ANSWERED_EACH

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

EXAMPLES = 6
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
STREAMS = {"list_events"}
"""Answers that end only when the caller does are tested by the service that gives them."""


def test_every_operation_keeps_to_its_document(platform: LivePlatform) -> None:
    document = schemathesis.openapi.from_url(f"{platform.base_url}/openapi.json")
    key = {"Authorization": f"Bearer {platform.keys['admin']}"}
    operations: list[Any] = [found.ok() for found in document.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 40
    failures = [
        f"{operation.method.upper()} {operation.path}: {failure}"
        for operation in operations
        if operation.definition.raw.get("operationId") not in STREAMS
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for failure in _failures(operation, mode, key)
    ]
    assert not failures, "\n\n".join(failures)


def _can_be_said(query: dict[str, Any] | None) -> bool:
    """A list, an object or nothing has no form of its own in a query: what arrives may be quite in order."""
    return not any(value is None or isinstance(value, list | dict) for value in (query or {}).values())


def _failures(operation: "APIOperation[Any, Any, Any, Any]", mode: GenerationMode, key: dict[str, str]) -> list[str]:
    """What an operation does against its document, in a few words each."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        if mode is GenerationMode.NEGATIVE and not _can_be_said(case.query):
            return
        by_itself = operation.definition.raw.get("operationId") in ANSWERED_EACH
        checks = [one for one in CHECKS if one is not negative_data_rejection] if by_itself else CHECKS
        case.call_and_validate(headers=key, checks=checks, timeout=60)

    try:
        check()
    except Unsatisfiable:  # there is nothing about this operation that could be wrong
        return []
    except FailureGroup as group:
        return [f"{failure.title}: {failure.message}"[:600] for failure in group.exceptions]
    return []
