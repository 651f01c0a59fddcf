"""Webhooks as the platform signs them: Standard Webhooks, HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence

from marque_client.errors import WebhookInvalid

from .core.models.event_out import EventOut

_PREFIX = "whsec_"
_VERSION = "v1"


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secret: str | Sequence[str], *, tolerance_seconds: float = 300
) -> EventOut:
    """Return the event of a message. Raises `WebhookInvalid` where it is not the platform's, or was signed long ago.

    `body` is what came, byte for byte: JSON that was read and written anew has another signature. While a secret is
    rotated give both. A message may come more than once: remember its `id`.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = named["webhook-id"], named["webhook-timestamp"]
        signatures = named["webhook-signature"].split(" ")
        age = abs(time.time() - int(timestamp))
    except (KeyError, ValueError) as error:
        raise WebhookInvalid("The message lacks webhook-id, webhook-timestamp or webhook-signature.") from error
    if age > tolerance_seconds:
        raise WebhookInvalid(
            f"The message was signed {age:.0f} seconds ago or ahead: more than {tolerance_seconds:.0f}."
        )
    secrets = [secret] if isinstance(secret, str) else secret
    expected = [sign_webhook(body, one, message_id=message_id, timestamp=int(timestamp)) for one in secrets]
    if not any(hmac.compare_digest(ours.encode(), theirs.encode()) for ours in expected for theirs in signatures):
        raise WebhookInvalid("No signature of the message is by this secret.")
    return EventOut.from_dict(json.loads(body))


def sign_webhook(body: bytes, secret: str, *, message_id: str, timestamp: int) -> str:
    """Return the signature of a message, as `listen` and tests of receivers need it. Raises `ValueError`."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A secret is whsec_ and base64.") from error
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"{_VERSION},{base64.b64encode(signed).decode()}"
