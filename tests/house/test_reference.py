"""The reference tables say what the code says."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.event import Event
from shared.contracts.schemas import published
from shared.runtime.reading_events import read
from tools import event_examples, reference


@pytest.mark.parametrize("name", ["settings.md", "events.md", "event-examples.md", "errors.md", "codes.md"])
def test_a_reference_table_is_fresh(name: str) -> None:
    """Run `make schemas` where this fails."""
    assert (reference.FOLDER / name).read_text(encoding="utf-8") == reference.documents()[name]


def test_the_pages_of_problems_are_fresh() -> None:
    """Run `make schemas` where this fails."""
    assert reference.PROBLEM_PAGES.read_text(encoding="utf-8") == reference.problem_pages()


def test_a_code_is_described_by_what_it_belongs_to() -> None:
    """Not by a case of it that has no code of its own, of which the words would say too little."""
    pages = json.loads(reference.problem_pages())
    assert [one["description"] for one in pages["validation_failed"]] == [
        "Fields of the request are missing, unknown or out of range."
    ]


@pytest.mark.parametrize("event", event_examples.shown(), ids=lambda event: event.name)
def test_the_example_of_an_event_is_one(event: type[Event]) -> None:
    """By its published schema, and as the services read it from the stream; each has a value in every field it can."""
    example = event_examples.document(event)
    Draft202012Validator(published()[event.name], format_checker=FormatChecker()).validate(example)
    envelope, _ = read(json.dumps(example).encode(), event.name)
    assert isinstance(envelope.data, event)
    assert envelope.data.subject_id == example["subject"]
    assert set(example["data"]) >= {name for name, field in event.model_fields.items() if field.is_required()}
    assert f"## {event.name}\n" in (reference.FOLDER / "event-examples.md").read_text()
