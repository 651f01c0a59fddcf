"""The published schemas are those of the code, keep what was promised, and describe what is sent."""

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts import schemas
from shared.contracts.compatibility import catalogue_breaks
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, registry
from shared.contracts.events import RightExpired
from shared.contracts.ids import AccountId, EventId, RightId
from shared.contracts.schemas import PUBLISHED, BreakingChange, envelope_of, published, text_of, write
from shared.runtime.ids import new_id
from shared.runtime.reading_events import read
from tests.contracts.strategies import models

ROOT = Path(__file__).parents[2]
EVENTS = [registry[name] for name in sorted(registry)]


def enveloped(event: Event) -> Envelope:
    return Envelope(
        id=new_id(EventId), source="/marque/test", type=event.name, time=datetime(2026, 11, 23, tzinfo=UTC),
        subject=event.subject_id, marqueaccount=event.owner, data=event,
    )  # fmt: skip


def expired() -> RightExpired:
    return RightExpired(version=1, right_id=new_id(RightId), account_id=new_id(AccountId), expires_on=date(2026, 1, 1))


def test_what_is_published_is_what_the_code_declares() -> None:
    """Run `make schemas` where this fails."""
    assert {path.stem for path in PUBLISHED.glob("*.json")} == set(registry)
    for name, schema in schemas.schemas().items():
        assert (PUBLISHED / f"{name}.json").read_text() == text_of(schema), name


def test_the_code_breaks_no_published_schema() -> None:
    assert catalogue_breaks(published(), schemas.schemas()) == []


def test_the_published_schemas_break_none_that_were_committed() -> None:
    """Also where somebody took a published file away and wrote it anew."""
    folder = PUBLISHED.relative_to(ROOT).as_posix()
    asked = ["git", "-C", str(ROOT), "ls-tree", "-r", "--name-only", "HEAD", f"{folder}/"]
    try:
        listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so there is nothing older to compare with")
    committed = {}
    for path in listed:
        shown = subprocess.run(
            ["git", "-C", str(ROOT), "show", f"HEAD:{path}"], capture_output=True, text=True, check=True
        )
        committed[Path(path).stem] = json.loads(shown.stdout)
    assert catalogue_breaks(committed, published()) == []


def test_the_writer_publishes_what_is_new_and_then_nothing(tmp_path: Path) -> None:
    assert write(tmp_path) == sorted(registry)
    assert write(tmp_path) == []
    assert published(tmp_path) == schemas.schemas()


def test_the_writer_adds_a_field_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    write(tmp_path)
    name = "marque.right.expired.v1"
    schema = json.loads((tmp_path / f"{name}.json").read_text())
    schema["$defs"]["RightExpired"]["description"] = "Older words."
    (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    assert write(tmp_path) == [name]


def test_the_writer_refuses_to_break_what_was_published_and_says_what(tmp_path: Path) -> None:
    write(tmp_path)
    name = "marque.right.expired.v1"
    schema = json.loads((tmp_path / f"{name}.json").read_text())
    schema["$defs"]["RightExpired"]["properties"]["days_late"] = {"type": "integer"}
    (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    (tmp_path / "marque.right.forgotten.v1.json").write_text("{}")
    (tmp_path / "marque.right.rejected.v1.json").unlink()
    with pytest.raises(BreakingChange) as refused:
        write(tmp_path)
    assert refused.value.breaks == [
        "marque.right.forgotten.v1: the event is gone",
        f"{name}: data.days_late was removed",
    ]
    assert not (tmp_path / "marque.right.rejected.v1.json").exists()


def test_the_writer_says_it_on_the_command_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marque.right.forgotten.v1.json").write_text("{}")
    monkeypatch.setattr(schemas, "write", lambda: write(tmp_path))
    assert schemas.main() == 1
    assert "marque.right.forgotten.v1: the event is gone" in capsys.readouterr().err
    (tmp_path / "marque.right.forgotten.v1.json").unlink()
    assert schemas.main() == 0
    assert capsys.readouterr().out.startswith("published marque.")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_a_schema_is_sound_and_says_what_the_event_is(event: type[Event]) -> None:
    schema = published()[event.name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{event.name}.json")
    assert schema["description"]
    assert schema["properties"]["type"]["const"] == event.name
    has_no_versions = "catalogue" in event.producers and event.name.startswith("marque.listing.")  # a time may do
    assert ("version" in schema["$defs"][event.__name__]["required"]) is not has_no_versions


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_sent_fits_its_published_schema(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(EVENTS))
    envelope = Envelope(
        id=new_id(EventId), source="/marque/test", type=event.name, time=datetime(2026, 11, 23, tzinfo=UTC),
        subject="x", data=data.draw(models(event)),
    )  # fmt: skip
    sent = json.loads(envelope.model_dump_json())
    Draft202012Validator(published()[event.name], format_checker=FormatChecker()).validate(sent)
    assert read(json.dumps(sent).encode())[0].data == envelope.data


def test_readers_ignore_what_they_do_not_know_yet() -> None:
    event = expired()
    sent = json.loads(enveloped(event).model_dump_json())
    sent["data"]["a_field_of_tomorrow"] = {"x": 1}
    sent["anextensionoftomorrow"] = "x"
    Draft202012Validator(published()[event.name]).validate(sent)
    assert read(json.dumps(sent).encode())[0].data == event


def test_another_events_data_does_not_fit() -> None:
    assert envelope_of(RightExpired).model_fields["data"].annotation is RightExpired
    event = expired()
    sent = json.loads(enveloped(event).model_dump_json())
    changes: list[dict[str, Any]] = [
        {"type": "marque.right.rejected.v1"},
        {"specversion": "0.3"},
        {"id": "evt_1"},
        {"data": {}},
    ]
    for change in changes:
        assert not Draft202012Validator(published()[event.name]).is_valid({**sent, **change}), change
    for lacking in ("specversion", "id", "source", "type", "subject", "data"):
        without = {name: value for name, value in sent.items() if name != lacking}
        assert not Draft202012Validator(published()[event.name]).is_valid(without), lacking
