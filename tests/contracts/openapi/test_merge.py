"""Many documents become one: only public paths, and each name means one thing."""

from typing import Any

import pytest

from gateway.openapi.describe import describe
from gateway.openapi.merge import SameOperationTwice, merge


def _document(path: str, schemas: dict[str, Any], answer: str, operation_id: str = "list_things") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    operation = {
        "operationId": operation_id,
        "tags": ["things"],
        "security": [{"bearer": ["reports:read"]}],
        "responses": {"200": {"description": "", "content": content}},
    }
    return {"paths": {path: {"get": operation}}, "components": {"schemas": schemas}}


REPORT = {"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Owner"}}}
OWNER = {"type": "object", "properties": {"name": {"type": "string"}}}
OTHER_OWNER = {"type": "object", "properties": {"name": {"type": "integer"}}}


def _answer(merged: dict[str, Any], path: str) -> str:
    schema = merged["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return str(schema["$ref"]).rpartition("/")[2]


def test_schemas_that_are_the_same_are_shared() -> None:
    schemas = {"Report": REPORT, "Owner": OWNER, "Unused": {"type": "object"}}
    merged = merge(
        {
            "intake": _document("/v1/reports", schemas, "Report"),
            "review": _document("/v1/tasks", schemas, "Report", "list_tasks"),
        }
    )
    assert set(merged["components"]["schemas"]) == {"Report", "Owner"}
    assert _answer(merged, "/v1/reports") == _answer(merged, "/v1/tasks") == "Report"


def test_names_that_mean_different_things_are_told_apart_with_all_that_refers_to_them() -> None:
    merged = merge(
        {
            "intake": _document("/v1/reports", {"Report": REPORT, "Owner": OWNER}, "Report"),
            "review": _document("/v1/tasks", {"Report": REPORT, "Owner": OTHER_OWNER}, "Report", "list_tasks"),
        }
    )
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"IntakeReport", "IntakeOwner", "ReviewReport", "ReviewOwner"}
    assert _answer(merged, "/v1/tasks") == "ReviewReport"
    assert schemas["ReviewReport"]["properties"]["owner"] == {"$ref": "#/components/schemas/ReviewOwner"}
    assert schemas["ReviewOwner"]["properties"]["name"]["type"] == "integer"


@pytest.mark.parametrize("path", ["/internal/x", "/metrics", "/v1/nowhere", "/v1/tasks"])
def test_what_the_door_does_not_lead_to_is_left_out(path: str) -> None:
    assert merge({"intake": _document(path, {"Report": OWNER}, "Report")})["paths"] == {}


def test_one_operation_id_twice_is_an_error() -> None:
    with pytest.raises(SameOperationTwice, match="list_things"):
        merge(
            {
                "intake": _document("/v1/reports", {"R": OWNER}, "R"),
                "review": _document("/v1/tasks", {"R": OWNER}, "R"),
            }
        )


def test_while_other_services_are_away_the_document_says_what_one_has() -> None:
    """The text of a file as its answer, a body without an example, a sample of what takes one."""
    one = _document("/v1/reports", {"R": OWNER}, "R", "file_report")
    operation = one["paths"]["/v1/reports"]["get"]
    operation["requestBody"] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/R"}}}}
    other = _document("/v1/imports", {"R": OWNER}, "R", "read_import_errors")
    other["paths"]["/v1/imports"]["get"]["responses"]["200"]["content"] = {"text/csv": {"schema": {"type": "string"}}}
    made = describe(merge({"intake": {**one, "paths": one["paths"] | other["paths"]}}), "http://127.0.0.1:8080")
    assert len(made["paths"]["/v1/reports"]["get"]["x-codeSamples"]) == 3
    csv = made["paths"]["/v1/imports"]["get"]["responses"]["200"]["content"]["text/csv"]
    assert csv["examples"] == {"read_import_errors": {"$ref": "#/components/examples/read_import_errors"}}


def test_an_operation_gets_what_every_operation_has() -> None:
    made = describe(merge({"intake": _document("/v1/reports", {"R": OWNER}, "R")}), "http://127.0.0.1:8080")
    operation = made["paths"]["/v1/reports"]["get"]
    assert operation["security"] == [{"api_key": []}, {"access_token": ["reports:read"]}]
    assert operation["responses"]["401"] == {"$ref": "#/components/responses/Unauthenticated"}
    assert "RateLimit" in operation["responses"]["200"]["headers"]
    assert made["tags"] == [{"name": "things", "description": "Things."}]
    assert "Conflict" not in made["components"]["responses"]
