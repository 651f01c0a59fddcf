"""The examples of the document: there for every answer, and such as the schemas allow."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from gateway.openapi.example_values import id_of
from gateway.openapi.examples import Examples, NoExample
from gateway.openapi.merge import operations
from shared.contracts.event import party_events
from shared.contracts.ids import ReportId
from tools.openapi import document


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document()


def _contents(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each content of each answer and of each webhook, and where it stands."""
    for path, method, operation in operations(made):
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                yield f"{method} {path} {status} {media_type}", content
    for name, response in made["components"]["responses"].items():
        for content in response["content"].values():
            yield name, content
    for name, item in made["webhooks"].items():
        yield name, item["post"]["requestBody"]["content"]["application/json"]


def _values(made: dict[str, Any], content: dict[str, Any]) -> list[Any]:
    found = [
        made["components"]["examples"][one["$ref"].removeprefix("#/components/examples/")] if "$ref" in one else one
        for one in content.get("examples", {}).values()
    ]
    return [one["value"] for one in found] + [content[word] for word in ("example",) if word in content]


def test_every_answer_and_every_webhook_has_an_example_that_its_schema_allows(made: dict[str, Any]) -> None:
    """Give the fields that `NoExample` names a value in gateway/openapi/example_values.py."""
    without, wrong = [], []
    for where, content in _contents(made):
        schema = content["schema"]
        values = _values(made, content)
        if not values and schema.get("format") != "binary":
            without.append(where)
        checks = Draft202012Validator(
            {**schema, "components": made["components"]}, format_checker=FormatChecker(["date", "email", "ipv4"])
        )
        wrong += [
            f"{where}: {error.json_path} {error.message[:200]}" for v in values for error in checks.iter_errors(v)
        ]
    assert without == []
    assert wrong == []


def test_a_report_is_shown_as_it_is_answered(made: dict[str, Any]) -> None:
    report = made["components"]["examples"]["ReportOut"]["value"]
    assert ReportId(report["id"]) == id_of("rep")
    assert (report["state"], report["right_version"], report["created_at"]) == ("received", 1, "2026-11-23T09:14:05Z")
    assert [item["url"] for item in report["items"]] == ["https://shop.example/item/9001"]


def test_each_refusal_stands_once_and_says_its_code(made: dict[str, Any]) -> None:
    found = made["components"]["examples"]
    lost = found["lease_lost"]["value"]
    assert lost["type"] == "/problems/lease_lost"
    assert lost["status"] == 409
    (wrong,) = found["validation_failed"]["value"]["errors"]
    assert (wrong["pointer"], wrong["suggestion"]) == ("/claim", "counterfeit")
    own = made["paths"]["/v1/tasks/{task_id}/judge"]["post"]["responses"]["409"]["content"]["application/problem+json"]
    assert own["examples"]["lease_lost"] == {"$ref": "#/components/examples/lease_lost"}


def test_webhooks_are_the_events_that_accounts_are_told_of(made: dict[str, Any]) -> None:
    assert set(made["webhooks"]) == {
        name for name, event in party_events().items() if not event.planned and name != "marque.event.refused.v1"
    }
    decided = made["webhooks"]["marque.decision.made.v1"]["post"]
    assert decided["operationId"] == "receive_decision_made"
    headers = [parameter["name"] for parameter in decided["parameters"]]
    assert headers == ["webhook-id", "webhook-timestamp", "webhook-signature"]
    event = made["components"]["examples"]["DecisionMadeEnvelope"]["value"]
    assert (event["type"], event["source"]) == ("marque.decision.made.v1", "/marque/review")
    assert event["subject"] == id_of("dec")
    assert event["data"]["decision_id"] == id_of("dec")


def test_the_ten_most_used_operations_have_samples(made: dict[str, Any]) -> None:
    samples = {
        operation["operationId"]: {one["lang"]: one["source"] for one in operation["x-codeSamples"]}
        for _, _, operation in operations(made)
        if "x-codeSamples" in operation
    }
    assert set(samples) == {
        "claim_tasks", "create_right", "create_webhook_endpoint", "file_report", "judge_task", "list_events",
        "list_reports", "preflight_report", "read_report", "upload_evidence",
    }  # fmt: skip
    for one in samples.values():
        assert set(one) == {"Shell", "Python", "TypeScript"}
        ast.parse(one["Python"])
    filed = samples["file_report"]
    assert filed["Shell"].startswith(
        'curl -X POST "$MARQUE_URL/v1/reports" \\\n  -H "Authorization: Bearer $MARQUE_KEY"'
    )
    assert 'report = marque.reports.file({\n        "claim": "counterfeit"' in filed["Python"]
    assert "fetch(`${process.env.MARQUE_URL}/v1/reports`, {" in filed["TypeScript"]


def test_a_field_of_which_nothing_is_known_is_named() -> None:
    text = {"type": "string"}
    schemas = {"ThingOut": {"type": "object", "properties": {"unheard_of": text, "title": text}}}
    with pytest.raises(NoExample, match=r"^ThingOut\.unheard_of has no value"):
        Examples(schemas).named("ThingOut")


def test_an_example_is_composed_of_what_the_schemas_say() -> None:
    schemas: dict[str, Any] = {
        "ThingOut": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "pattern": "^rep_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
                "state": {"$ref": "#/components/schemas/State"},
                "gone_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/PartOut"}},
                "title": {"type": "string", "examples": ["Its own"]},
                "size": {"type": "string"},
            },
        },
        "PartOut": {"type": "object", "properties": {"listing_id": {"type": "string"}}},
        "State": {"enum": ["open", "closed"]},
    }
    values = {"listing_id": "9001", "ThingOut.size": "large", "size": 3}
    assert Examples(schemas, values).named("ThingOut") == {
        "id": id_of("rep"),
        "state": "open",
        "gone_at": None,
        "parts": [{"listing_id": "9001"}],
        "title": "Its own",
        "size": "large",
    }
