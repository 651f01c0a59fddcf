"""The comparer of two versions of the API finds each kind of broken promise, and lets everything else pass."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.openapi_breaks import breaks


def _json(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/v1/reports": {
            "get": {
                "operationId": "list_reports",
                "security": [{"key": []}, {"token": ["reports:read"]}],
                "parameters": [
                    {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},
                    {"$ref": "#/components/parameters/Limit"},
                ],
                "responses": {"200": _json("Page")},
            },
            "post": {
                "operationId": "file_report",
                "requestBody": {"required": True, **_json("NewReport")},
                "responses": {"201": _json("Report")},
            },
        }
    },
    "components": {
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 200}}},
        "schemas": {
            "NewReport": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "maxLength": 100},
                    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
                    "reference": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Report": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["open", "closed"]},
                    "decided_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                    "parent": {"$ref": "#/components/schemas/Report"},
                },
            },
            "Page": {
                "type": "object",
                "required": ["data"],
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Report"}}},
            },
        },
    },
}

Change = Callable[[dict[str, Any]], object]


def _changed(change: Change) -> dict[str, Any]:
    new = copy.deepcopy(DOCUMENT)
    change(new)
    return new


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    schema: dict[str, Any] = document["components"]["schemas"][name]
    return schema


def _fields(document: dict[str, Any], name: str) -> dict[str, Any]:
    fields: dict[str, Any] = _schema(document, name)["properties"]
    return fields


def _operation(document: dict[str, Any], method: str) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"]["/v1/reports"][method]
    return operation


BROKEN: dict[str, Change] = {
    "GET /v1/reports is gone": lambda d: d["paths"]["/v1/reports"].pop("get"),
    "POST /v1/reports is gone": lambda d: d["paths"].clear(),
    "its operation id was list_reports and is now x": lambda d: _operation(d, "get").update(operationId="x"),
    "it asks for other credentials": lambda d: _operation(d, "get").update(security=[{"token": ["reports:read"]}]),
    "parameter state was removed": lambda d: _operation(d, "get")["parameters"].pop(0),
    "parameter state can no longer be closed": lambda d: _operation(d, "get")["parameters"][0]["schema"]["enum"].pop(),
    "parameter limit: its maximum was 200 and is now 100": lambda d: d["components"]["parameters"]["Limit"].update(
        schema={"type": "integer", "maximum": 100}
    ),
    "parameter limit was integer and is now string": lambda d: d["components"]["parameters"]["Limit"].update(
        schema={"type": "string"}
    ),
    "parameter market is new and required": lambda d: _operation(d, "get")["parameters"].append(
        {"name": "market", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "parameter state is now required": lambda d: _operation(d, "get")["parameters"][0].update(required=True),
    "body.text was removed": lambda d: _fields(d, "NewReport").pop("text"),
    "body.text was string and is now integer": lambda d: _fields(d, "NewReport").update(text={"type": "integer"}),
    "body.text: its maxLength was 100 and is now 50": lambda d: _fields(d, "NewReport")["text"].update(maxLength=50),
    "body.tags is now required": lambda d: _schema(d, "NewReport").update(required=["text", "tags"]),
    "body.tags[] was string and is now object": lambda d: _fields(d, "NewReport")["tags"].update(
        items={"type": "object"}
    ),
    "body.reference was null or string and is now string": lambda d: _fields(d, "NewReport").update(
        reference={"type": "string"}
    ),
    "body can no longer be application/json": lambda d: _operation(d, "post")["requestBody"].update(
        content={"text/plain": {}}
    ),
    "the body was removed": lambda d: _operation(d, "post").pop("requestBody"),
    "answer 201 was removed": lambda d: _operation(d, "post").update(responses={"202": {}}),
    "answer 201.id was removed": lambda d: _fields(d, "Report").pop("id"),
    "answer 201.id was string and is now integer": lambda d: _fields(d, "Report").update(id={"type": "integer"}),
    "answer 201.id may now be missing": lambda d: _schema(d, "Report").update(required=["state"]),
    "answer 201.id was string and is now null or string": lambda d: _fields(d, "Report").update(
        id={"type": ["string", "null"]}
    ),
    "answer 201.state was one of a list": lambda d: _fields(d, "Report").update(state={"type": "string"}),
    "answer 201.decided_at was null or string (date-time) and is now null or string (date)": lambda d: _fields(
        d, "Report"
    ).update(decided_at={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
    "answer 200.data[].state was one of a list": lambda d: _fields(d, "Report").update(state={"type": "string"}),
}

FINE: dict[str, Change] = {
    "nothing": lambda d: d,
    "a new path": lambda d: d["paths"].update({"/v1/rights": {"get": {"responses": {}}}}),
    "a new field of an answer": lambda d: _fields(d, "Report").update(reason={"type": "string"}),
    "a new code in an answer": lambda d: _fields(d, "Report")["state"]["enum"].append("withdrawn"),
    "a new optional field of a request": lambda d: _fields(d, "NewReport").update(market={"type": "string"}),
    "a field of a request that need no longer be there": lambda d: _schema(d, "NewReport").update(required=[]),
    "a wider limit": lambda d: _fields(d, "NewReport")["text"].update(maxLength=1000),
    "one more type that is taken": lambda d: _fields(d, "NewReport").update(text={"type": ["string", "null"]}),
    "a new optional parameter": lambda d: _operation(d, "get")["parameters"].append(
        {"name": "market", "in": "query", "schema": {"type": "string"}}
    ),
    "a parameter that may be repeated now": lambda d: _operation(d, "get")["parameters"][0].update(
        schema={
            "anyOf": [{"type": "array", "items": _operation(d, "get")["parameters"][0]["schema"]}, {"type": "null"}]
        }
    ),
    "a field that is always there now": lambda d: _schema(d, "Report").update(required=["id", "state", "decided_at"]),
    "a new refusal": lambda d: _operation(d, "post")["responses"].update({"409": {}}),
    "a schema of another name": lambda d: (
        d["components"]["schemas"].update(Other=_schema(d, "Report")),
        _operation(d, "post")["responses"]["201"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Other"}
        ),
    ),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_broken_promise_is_found_and_named(sentence: str) -> None:
    assert [found for found in breaks(DOCUMENT, _changed(BROKEN[sentence])) if sentence in found]


@pytest.mark.parametrize("change", FINE)
def test_what_may_change_is_let_pass(change: str) -> None:
    assert breaks(DOCUMENT, _changed(FINE[change])) == []
