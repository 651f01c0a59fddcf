"""Forwards the events of an account to a local address, as its webhooks would bring them."""

import base64
import json
import secrets
import sys
import time
from collections.abc import Sequence

import httpx

from marque_client.core.models.event_out import EventOut
from marque_client.sync.client import Marque
from marque_client.webhooks import sign_webhook

_TIMEOUT_SECONDS = 15.0


def listen(
    marque: Marque,
    to: str,
    *,
    types: Sequence[str] | None = None,
    after: str = "latest",
    secret: str | None = None,
    most: int | None = None,
) -> None:
    """Send each event to an address and print what it answered, for ever or so many times.

    Each is sent once, also where the address is away: this is for trying a receiver, webhooks are for relying on them.
    """
    signed_with = secret or f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    if secret is None:
        print(f"Signed with {signed_with}", file=sys.stderr, flush=True)
    following = marque.events.follow(types, after=None if after == "all" else after)
    with httpx.Client(timeout=_TIMEOUT_SECONDS) as local:
        for count, event in enumerate(following, 1):
            print(f"{event.id} {event.type_} {event.subject} {_send(local, to, event, signed_with)}", flush=True)
            if count == most:
                return


def _send(local: httpx.Client, to: str, event: EventOut, secret: str) -> str:
    body = json.dumps(event.to_dict()).encode()
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign_webhook(body, secret, message_id=event.id, timestamp=now),
    }
    try:
        return str(local.post(to, content=body, headers=headers).status_code)
    except httpx.HTTPError as error:
        return type(error).__name__
