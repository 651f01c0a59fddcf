"""What services tell each other alone is named so, and is in nothing that partners read."""

from collections.abc import Iterator

import pytest

import shared.contracts.events  # noqa: F401 - fills the registry
from services.notify.feed.event_types import EventTypeUnknown, patterns_of
from services.notify.subscribers import subscribers, tell
from shared.contracts.asyncapi import document
from shared.contracts.event import Audience, Event, party_events, registry


@pytest.fixture
def declared() -> Iterator[type[Event]]:
    class NumberCounted(Event, name="marque.internal.number.counted.v1", producer="intake", audience="internal"):
        """A number was counted."""

    yield NumberCounted
    del registry[NumberCounted.name]


def test_an_event_is_for_the_parties_unless_it_says_otherwise(declared: type[Event]) -> None:
    assert declared.audience == "internal"
    assert registry["marque.report.submitted.v1"].audience == "parties"
    assert declared.name in registry
    assert declared.name not in party_events()


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("marque.number.counted.v1", "internal"),
        ("marque.internal.number.counted.v1", "parties"),
        ("marque.internal.counted.v1", "parties"),
        ("marque.internal.counted.v1", "internal"),
        ("marque.internal.internal.counted.v0", "internal"),
    ],
)
def test_the_name_says_the_audience(name: str, audience: Audience) -> None:
    with pytest.raises(ValueError, match="is not marque"):
        type("Wrong", (Event,), {}, name=name, producer="intake", audience=audience)
    assert name not in registry


def test_no_internal_event_is_in_the_document_for_partners_or_in_a_filter(declared: type[Event]) -> None:
    assert not [
        channel["address"] for channel in document()["channels"].values() if "internal" in channel["address"].split(".")
    ]
    for asked in (declared.name, "internal.*", "marque.internal.*", "internal.number", "number.counted"):
        with pytest.raises(EventTypeUnknown):
            patterns_of([asked])


def test_the_feed_and_the_webhooks_hear_every_event_for_the_parties_and_no_other() -> None:
    (heard,) = [names for names, gatherer in subscribers.gatherers if gatherer is tell]
    assert heard == {name for name in registry if not name.startswith("marque.internal.")}
