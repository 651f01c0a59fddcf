"""The AsyncAPI document: whole, fresh, and clean under Spectral's rules."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.asyncapi import document
from shared.contracts.event import party_events
from shared.contracts.schemas import text_of

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "asyncapi.json"
RULES = ROOT / "tools" / "spectral" / "asyncapi.yaml"


def test_the_committed_document_is_fresh() -> None:
    """Run `make schemas` where this fails."""
    assert COMMITTED.read_text(encoding="utf-8") == text_of(document())


def test_every_event_is_a_channel_and_all_but_the_marketplaces_own_are_sent() -> None:
    made = document()
    assert {channel["address"] for channel in made["channels"].values()} == set(party_events())
    told = {operation["channel"]["$ref"] for operation in made["operations"].values() if operation["action"] == "send"}
    assert told == {f"#/channels/{name}" for name in made["channels"]} - {
        "#/channels/ListingRemoved", "#/channels/ListingUpserted",
    }  # fmt: skip


def test_what_an_operators_systems_may_send_is_received() -> None:
    operations = document()["operations"].values()
    received = {o["channel"]["$ref"] for o in operations if o["action"] == "receive"}
    assert received == {
        "#/channels/EnforcementApplied", "#/channels/ListingRemoved", "#/channels/ListingUpserted",
    }  # fmt: skip


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for part in value.values() for found in _references(part)]
    return [found for part in value for found in _references(part)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere() -> None:
    made = document()
    for reference in set(_references(made)):
        target: Any = made
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


@pytest.mark.parametrize("event", party_events().values(), ids=lambda event: event.name)
def test_a_message_carries_the_envelope_of_its_event(event: Any) -> None:
    made = document()
    message = made["components"]["messages"][event.__name__]
    payload = {**made, "$ref": message["payload"]["$ref"]}
    Draft202012Validator.check_schema(made["components"]["schemas"][f"{event.__name__}Envelope"])
    assert not Draft202012Validator(payload).is_valid({"type": event.name})
    assert message["name"] == event.name
    trait = made["components"]["messageTraits"]["cloudEvent"]
    assert set(trait["headers"]["properties"]) == {"Nats-Msg-Id", "traceparent"}


def _spectral() -> str:
    found = ROOT / "tools" / "spectral" / "node_modules" / ".bin" / "spectral"
    if found.exists():
        return str(found)
    elsewhere = os.environ.get("SPECTRAL") or shutil.which("spectral")
    if elsewhere is None:
        pytest.skip("Spectral is not installed: npm --prefix tools/spectral ci")
    return elsewhere


def _lint(document: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_spectral(), "lint", "--fail-severity", "hint", "--ruleset", str(RULES), str(document)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_spectral_finds_nothing() -> None:
    found = _lint(COMMITTED)
    assert found.returncode == 0, found.stdout + found.stderr


def test_spectral_would_find_what_is_wrong(tmp_path: Path) -> None:
    made = document()
    made["operations"]["sendDecisionMade"]["action"] = "shout"
    made["channels"]["DecisionMade"]["address"] = "decisions"
    (tmp_path / "asyncapi.json").write_text(json.dumps(made))
    found = _lint(tmp_path / "asyncapi.json")
    assert found.returncode != 0
    assert "asyncapi-3-document" in found.stdout
    assert "marque-channel-address" in found.stdout
