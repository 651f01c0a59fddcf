"""The envelope, with the CloudEvents project's own library as the referee."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, registry
from shared.contracts.events import RightExpired
from shared.contracts.ids import AccountId, EventId, RightId
from shared.runtime.ids import new_id
from shared.runtime.reading_events import UnreadableEvent, read
from tests.contracts.strategies import models

EVENTS = [registry[name] for name in sorted(registry)]
NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


def sent(event: Event, **changes: object) -> str:
    values = {"id": new_id(EventId), "source": "/marque/test", "type": event.name, "time": NOW, "subject": "x"}
    return Envelope.model_validate({**values, "data": event, **changes}).model_dump_json()


@given(st.sampled_from(EVENTS).flatmap(models))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_referee_reads_every_event_as_we_meant_it(event: Event) -> None:
    text = sent(event)
    seen = JSONFormat().read(CloudEvent, text)
    assert seen.get_specversion() == "1.0"
    assert seen.get_type() == event.name
    assert seen.get_source() == "/marque/test"
    assert seen.get_datacontenttype() == "application/json"
    assert seen.get_time() == NOW
    assert seen.get_data() == json.loads(text)["data"]


def test_the_referee_sees_our_extensions() -> None:
    account = new_id(AccountId)
    event = RightExpired.model_validate(
        {"version": 1, "right_id": new_id(RightId), "account_id": account, "expires_on": "2026-01-01"}
    )
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    seen = JSONFormat().read(
        CloudEvent, sent(event, marqueaccount=account, traceparent=trace, subject=event.subject_id)
    )
    assert seen.get_extension("marqueaccount") == account
    assert seen.get_extension("traceparent") == trace
    assert seen.get_subject() == event.right_id


@given(st.sampled_from(EVENTS).flatmap(models))
@settings(max_examples=60)
def test_what_the_referee_writes_we_read(event: Event) -> None:
    attributes = {
        name: value for name, value in json.loads(sent(event)).items() if name != "data" and value is not None
    }
    written = JSONFormat().write(CloudEvent({**attributes, "time": NOW}, data=json.loads(event.model_dump_json())))
    assert read(written)[0].data == event


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type": "marque.right.expired.v1"}',
        b'{"type": "marque.nothing.known.v1", "data": {}}',
    ],
)
def test_what_is_no_event_is_refused(text: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        read(text)


@pytest.mark.parametrize(
    "name", ["right.expired.v1", "marque.right.v1", "marque.Right.expired.v1", "marque.a.b.v0", "x"]
)
def test_an_event_has_a_name_of_the_agreed_form(name: str) -> None:
    with pytest.raises(ValueError, match="is not marque"):
        type("Wrong", (Event,), {}, name=name)


def test_an_event_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        type("Again", (Event,), {}, name="marque.right.expired.v1")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_event_says_what_it_is_about_and_whose_it_is(event: type[Event]) -> None:
    assert event.subject_id is not Event.subject_id
    assert event.__doc__
