"""An example of every event, as it travels, made of the registry: none is missing, and none is wrong for long."""

import json
import types
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, JsonValue, ValidationError

import shared.contracts.events  # noqa: F401 - fills the registry
from shared.contracts.addresses import OUTSIDE
from shared.contracts.codes import ReasonCode, RightState, Verdict
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, party_events
from shared.contracts.ids import EventId, TypeId

_AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
_NUMBER = UUID("019acc2f-6a40-7c3e-9d14-5b8e2f60a7c1")
_WORDS: dict[str, Any] = {
    "acknowledged_by": "Lee, trust and safety",
    "amount": 4990,
    "answer": "The photographs are attached.",
    "code": "§2.1",
    "decision_id": "dec_01kb62ytj0fgz9t52vhrqp19y1",
    "explanation": "We never made this shoe in this colour.",
    "fix": "Name the listing's address.",
    "media_type": "image/jpeg",
    "message": "The address is missing.",
    "owner": "Ashgrove GmbH",
    "resolved_by": "Lee, trust and safety",
    "sha256": "9f86d081884c7d65" * 4,
    "text": "Goods that carry a protected mark without leave are removed.",
    "attempts": 8,
    "brand": "ASHGROVE",
    "category": "shoes",
    "changed": ["title"],
    "country": "DE",
    "currency": "EUR",
    "dead_letter_id": str(EventId.of(_NUMBER)),
    "description": "Blue trail shoe, size 42.",
    "event_type": "marque.decision.made.v1",
    "filed": 998,
    "hash": "9f86d081884c7d65" * 4,
    "high": 0.97,
    "language": "en",
    "last_error": "HTTP 500",
    "last_status": 500,
    "listing_id": "9001",
    "low": 0.82,
    "marketplace": "shop.example",
    "marketplaces": ["shop.example"],
    "markets": ["DE"],
    "mark_text": "ASHGROVE",
    "name": "Ashgrove GmbH",
    "nice_classes": [25],
    "note": "The label differs.",
    "office": "EUIPO",
    "parent_id": "9000",
    "pdq": "f0e1d2c3" * 8,
    "percent": 80,
    "pointer": "/items/0/url",
    "public_reason": "The goods are not those of the right's owner.",
    "queue": "counterfeit.de",
    "reason": "It is not what the registration covers.",
    "reference": "ASH-2026-114",
    "refused_by": "screening",
    "refused_id": "7f0c1d52",
    "refused_source": "https://prices.example",
    "refused_type": "marque.listing.upserted.v1",
    "registration_number": "018012345",
    "reviewer": "kim",
    "seller_id": "s-77",
    "territories": ["EU"],
    "title": "Trail shoe, blue",
    "tool": "prices",
    "url": "https://shop.example/item/9001",
    "variants": ["9001-42"],
    "version": 3,
    "window_days": 90,
}
_VALUES: dict[Any, Any] = {
    str: "text", int: 2, float: 0.5, bool: True, datetime: _AT, date: date(2026, 12, 31), AwareDatetime: _AT,
    JsonValue: "value",
}  # fmt: skip
_CHOSEN: dict[type, Any] = {
    ReasonCode: ReasonCode.R_CLASS_MISMATCH,
    RightState: RightState.VERIFIED,
    Verdict: Verdict.REJECTED,
}
_SOURCES: dict[str, str] = {OUTSIDE: "https://shop.example/catalogue"}


def document(event: type[Event]) -> dict[str, Any]:
    """The envelope of an event with made-up values in every field."""
    data = event.model_validate(_model(event))
    producer = event.producers[0]
    envelope = Envelope(
        id=EventId.of(_NUMBER),
        source=_SOURCES.get(producer, f"/marque/{producer}"),
        type=event.name,
        time=_AT,
        subject=data.subject_id,
        marqueaccount=data.owner,
        data=data,
    )
    found: dict[str, Any] = json.loads(envelope.model_dump_json(exclude_none=True))
    return found


def page() -> str:
    """Every example, one after the other, as a page of the reference."""
    lines = [
        "# Examples of events",
        "",
        "Written by `make schemas` from the code; a test fails when it is stale. Who makes each event is in",
        "[Events](events.md), how to read and publish them in [docs/events.md](../events.md).",
    ]
    for name, event in sorted(party_events().items()):
        text = json.dumps(document(event), indent=2, ensure_ascii=False)
        lines += ["", f"## {name}", "", "```json", *text.splitlines(), "```"]
    return "\n".join(lines) + "\n"


def _model(model: type[BaseModel]) -> dict[str, Any]:
    """Values of all fields; of those that must be there alone, where a validator says that not all go together."""
    values = {name: _value(name, field.annotation) for name, field in model.model_fields.items()}
    try:
        model.model_validate(values)
    except ValidationError:
        values = {name: values[name] for name, field in model.model_fields.items() if field.is_required()}
    return values


def _value(name: str, annotation: Any) -> Any:
    arguments = get_args(annotation)
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return _value(name, arguments[0])
    if isinstance(annotation, type) and not get_origin(annotation):
        return _plain(name, annotation)
    if name in _WORDS:
        return _WORDS[name]
    return [_value(name, arguments[0])] if get_origin(annotation) is list else {"key": "value"}


def _plain(name: str, kind: type) -> Any:
    if issubclass(kind, BaseModel):
        return _model(kind)
    if issubclass(kind, TypeId):
        return kind.of(_NUMBER)
    if kind in _CHOSEN:
        return _CHOSEN[kind]
    return next(iter(kind)) if issubclass(kind, Enum) else _WORDS.get(name, _VALUES.get(kind))
