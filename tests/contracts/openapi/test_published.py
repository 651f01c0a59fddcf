"""The published document of the API: fresh, kept as a promise, valid, and clean under the lint."""

import json
import re
from typing import Any

import openapi_spec_validator
import pytest

from gateway import routing
from gateway.openapi.merge import operations, references
from tools.openapi import COMMITTED, document, text_of
from tools.openapi_breaks import breaks


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document()


def test_no_promise_to_partners_is_broken(made: dict[str, Any]) -> None:
    """What is listed here was removed, retyped or narrowed: keep it, and add the new thing beside it."""
    assert breaks(json.loads(COMMITTED.read_text(encoding="utf-8")), made) == []


def test_the_committed_document_is_fresh(made: dict[str, Any]) -> None:
    """Run `make schemas` where this fails, and read the difference."""
    assert COMMITTED.read_text(encoding="utf-8") == text_of(made)


def test_names_are_for_people(made: dict[str, Any]) -> None:
    """Programs made from the document carry them: no path of a module, nothing that a framework made up."""
    schemas = set(made["components"]["schemas"])
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]{1,39}", name)] == []
    assert [name for name in schemas if name.startswith("Body")] == []
    assert {"RightPage", "RightOut", "RightVersionPage", "ReportSummaryPage", "ClientPage", "EventPage"} <= schemas
    ids = [operation["operationId"] for _, _, operation in operations(made)]
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)*", one) or len(one) > 40] == []
    assert len(ids) == len(set(ids))


def test_it_is_valid_openapi(made: dict[str, Any]) -> None:
    assert made["openapi"] == "3.1.1"
    openapi_spec_validator.validate(made)


def test_only_what_can_be_reached_through_the_door_is_in_it(made: dict[str, Any]) -> None:
    for path in made["paths"]:
        assert routing.find(path) is not None, path
        assert path.startswith("/v1/") or path == "/oauth/token"


def test_every_operation_says_all_that_a_program_can_meet(made: dict[str, Any]) -> None:
    ids = set()
    for path, method, operation in operations(made):
        where = f"{method} {path}"
        ids.add(operation["operationId"])
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        assert {"429", "500", "503"} <= set(operation["responses"]), where
        route = routing.find(path)
        assert route is not None
        if not route.public:
            assert {"401", "403"} <= set(operation["responses"]), where
            assert operation["security"][0] == {"api_key": []}, where
        if method == "post" and path.startswith("/v1/"):
            assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"], where
        if "{" in path:
            assert "404" in operation["responses"], where
    assert len(ids) == sum(1 for _ in operations(made))


def test_every_tag_is_described_and_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    described = {tag["name"]: tag["description"] for tag in made["tags"]}
    for _, _, operation in operations(made):
        assert set(operation["tags"]) <= set(described)
    assert set(references(made)) == set(made["components"]["schemas"])


def test_every_body_has_an_example(made: dict[str, Any]) -> None:
    without = []
    for path, method, operation in operations(made):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = content.get("schema", {})
            named = made["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
            if not (content.keys() & {"example", "examples"} or named.keys() & {"example", "examples"}):
                without.append(f"{method} {path}")
    assert without == []
