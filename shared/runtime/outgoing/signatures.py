"""Signatures that a receiver can check with any Standard Webhooks library."""

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook


def signed_headers(secrets: Sequence[str], *, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers of one message. While two secrets hold, it carries a signature by each, with a space between."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, now, body) for secret in secrets),
    }
