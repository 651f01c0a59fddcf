"""Messages are the platform's or are refused; the signature is that of any Standard Webhooks library."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from marque_client import WebhookInvalid, sign_webhook, verify_webhook
from shared.runtime.outgoing.signatures import signed_headers

SECRET = "whsec_cXVpdGUgc2VjcmV0IGluZGVlZA=="
OTHER = "whsec_YW5vdGhlciBzZWNyZXQgaGVyZQ=="
EVENT = {
    "specversion": "1.0", "id": "evt_1", "source": "/marque/review", "type": "marque.decision.made.v1",
    "time": "2026-11-23T10:05:12Z", "datacontenttype": "application/json", "subject": "dec_1", "marqueaccount": None,
    "originalid": None, "traceparent": None, "data": {"verdict": "accepted"},
}  # fmt: skip
BODY = json.dumps(EVENT).encode()


def _headers(*secrets: str, age: float = 0) -> dict[str, str]:
    return signed_headers(
        secrets, message_id="evt_1", body=BODY.decode(), now=datetime.fromtimestamp(time.time() - age, UTC)
    )


def test_what_the_platform_signs_is_its_event() -> None:
    event = verify_webhook(BODY, _headers(SECRET), SECRET)
    assert (event.id, event.type_, event.data["verdict"]) == ("evt_1", "marque.decision.made.v1", "accepted")


def test_headers_are_found_however_they_are_written() -> None:
    headers = {name.title(): value for name, value in _headers(SECRET).items()}
    assert verify_webhook(BODY, headers, SECRET).id == "evt_1"


@pytest.mark.parametrize("signed_with", [(SECRET,), (OTHER,), (OTHER, SECRET)])
def test_while_a_secret_is_rotated_either_is_taken(signed_with: tuple[str, ...]) -> None:
    assert verify_webhook(BODY, _headers(*signed_with), [SECRET, OTHER]).id == "evt_1"


def test_any_library_verifies_what_listen_signs() -> None:
    now = int(time.time())
    signature = sign_webhook(BODY, SECRET, message_id="evt_1", timestamp=now)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now), "webhook-signature": signature}
    assert Webhook(SECRET).verify(BODY.decode(), headers) == EVENT


@pytest.mark.parametrize("change", ["body", "id", "timestamp", "signature", "secret", "version"])
def test_what_was_changed_is_refused(change: str) -> None:
    headers, body, secret = _headers(SECRET), BODY, SECRET
    if change == "body":
        body = BODY.replace(b"accepted", b"rejected")
    elif change == "secret":
        secret = OTHER
    elif change == "version":
        headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v2,")
    else:
        name = f"webhook-{change}"
        headers[name] = str(int(headers[name]) + 1) if change == "timestamp" else f"{headers[name]}x"
    with pytest.raises(WebhookInvalid, match="by this secret"):
        verify_webhook(body, headers, secret)


@pytest.mark.parametrize("age", [400, -400])
def test_what_was_signed_long_ago_or_ahead_is_refused(age: float) -> None:
    with pytest.raises(WebhookInvalid, match="signed"):
        verify_webhook(BODY, _headers(SECRET, age=age), SECRET)


@pytest.mark.parametrize("without", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_what_lacks_a_header_is_refused(without: str) -> None:
    headers = {name: value for name, value in _headers(SECRET).items() if name != without}
    with pytest.raises(WebhookInvalid, match="lacks"):
        verify_webhook(BODY, headers, SECRET)


def test_a_secret_that_is_none_is_a_mistake_of_the_receiver() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook(BODY, _headers(SECRET), "whsec_!")
