"""The registry of services, and the events that each of them emits."""

import importlib
import re
from pathlib import Path

import pytest

import shared.contracts.events  # noqa: F401 - fills the registry
from deploy.registry import services
from gateway import routing
from shared.contracts.event import Event, registry
from shared.contracts.events import EventRefused
from tools import deployment

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", deployment.files(), ids=lambda path: path.name)
def test_what_is_made_from_the_registry_is_fresh(path: Path) -> None:
    """Run `make schemas` where this fails."""
    assert path.read_text(encoding="utf-8") == deployment.files()[path]


def test_the_most_particular_path_wins() -> None:
    found = {
        path: route.service if (route := routing.find(path)) else None
        for path in (
            "/v1/decisions/dec_1", "/v1/decisions/dec_1/statement-of-reasons", "/v1/rights/import",
            "/v1/dead-letters/notify/x", "/v1/accounts", "/v1/unknown",
        )
    }  # fmt: skip
    assert found == {
        "/v1/decisions/dec_1": "review", "/v1/decisions/dec_1/statement-of-reasons": "notify",
        "/v1/rights/import": "intake", "/v1/dead-letters/notify/x": "notify", "/v1/accounts": "gateway",
        "/v1/unknown": None,
    }  # fmt: skip
    content = routing.find("/v1/evidence/evd_1/content")
    evidence = routing.find("/v1/evidence/evd_1")
    assert content is not None
    assert evidence is not None
    assert (content.public, evidence.public) == (True, False)


def test_only_these_events_are_planned_and_have_no_producer_yet() -> None:
    assert {name for name, event in registry.items() if event.planned} == {"marque.decision.reversed.v1"}


@pytest.mark.parametrize("event", [event for event in registry.values() if not event.planned], ids=lambda e: e.name)
def test_a_published_event_is_emitted_by_each_service_that_it_names(event: type[Event]) -> None:
    """As a class that is recorded, or by name in a statement that writes its events itself; to hear is not enough."""
    folders = {service.name: ROOT / Path(*service.package.split(".")) for service in services()}
    emits = re.compile(rf"\b{event.__name__}\b(?!Fields)|{re.escape(event.name)}")
    for producer in event.producers:
        if producer == "catalogue":
            continue
        if event is EventRefused:  # recorded by the runtime, for the services that answer for events from outside
            hears = importlib.import_module(f"services.{producer}.subscribers").subscribers
            assert hears.answers_for, producer
            continue
        texts = [
            re.sub(r"^(?:from|import) [^(\n]*(?:\([^)]*\))?", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            for file in folders[producer].rglob("*.py")
            if file.name != "subscribers.py"
        ]
        assert any(emits.search(text) for text in texts), producer
