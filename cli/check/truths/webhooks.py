"""Truth 6: every webhook was delivered at least once, or is marked dead with its last error; signatures verify."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Row
from services.notify.webhooks.keyring import CannotOpen, Keyring

_DELIVERIES = """
SELECT d.id, d.endpoint_id, d.event_id, d.state, d.last_error, d.settled_at, e.enabled,
    e.deleted_at IS NOT NULL AS deleted,
    EXISTS (SELECT FROM delivery_attempts a WHERE a.delivery_id = d.id AND a.status BETWEEN 200 AND 299) AS taken
FROM deliveries d LEFT JOIN webhook_endpoints e ON e.id = d.endpoint_id
ORDER BY d.id
"""
_FORGOTTEN = """
SELECT f.event_id, f.type, e.id AS endpoint_id FROM webhook_endpoints e
JOIN feed f ON f.type LIKE ANY(e.patterns) AND (e.sees_all OR f.account_id = e.account_id)
    AND f.received_at > greatest(e.updated_at + interval '5 seconds', $1)
WHERE e.enabled AND e.deleted_at IS NULL
    AND NOT (f.type = 'marque.webhook.failed.v1' AND f.envelope #>> '{data,endpoint_id}' = e.id)
    AND NOT EXISTS (SELECT FROM deliveries d WHERE d.event_id = f.event_id AND d.endpoint_id = e.id)
ORDER BY f.position
"""
_SECRETS = "SELECT id, secret, previous_secret FROM webhook_endpoints WHERE deleted_at IS NULL"
_KEPT_KEY = "SELECT value FROM runtime_secrets WHERE name = 'webhooks'"
_DELIVERED = (
    "SELECT event_id, endpoint_id FROM deliveries WHERE state = 'delivered' AND endpoint_id = ANY($1) ORDER BY id"
)


async def every_webhook_arrives_or_is_dead(evidence: Evidence) -> Findings:
    """Look at every delivery, then for events that should have had one, then at what a receiver wrote down."""
    findings = Findings(6, "every webhook was delivered at least once or is dead with its error; signatures verify")
    async for delivery in evidence.read("notify", _DELIVERIES):
        findings.checked += 1
        _judge(delivery, evidence, findings)
    days = int(os.environ.get("MARQUE_DELIVERY_DAYS", "30"))
    async for row in evidence.read("notify", _FORGOTTEN, evidence.taken_at - timedelta(days=days - 1)):
        findings.offend(
            f"{row['event_id']} ({row['type']})", f"was never meant for {row['endpoint_id']}, which asks for it"
        )
    if evidence.asked.received is not None:
        await _compare_with_receiver(evidence, findings, evidence.asked.received)
    return findings


def _judge(delivery: Row, evidence: Evidence, findings: Findings) -> None:
    state = delivery["state"]
    if delivery["enabled"] is None:
        findings.offend(delivery["id"], f"goes to {delivery['endpoint_id']}, which is not there")
    elif state == "pending":
        findings.in_flight += 1
        held = not delivery["enabled"] and not delivery["deleted"]
        if evidence.asked.quiet and not held:
            findings.offend(delivery["id"], "is neither delivered nor dead")
    elif delivery["settled_at"] is None:
        findings.offend(delivery["id"], f"is {state} since no time")
    elif state == "delivered" and not delivery["taken"]:
        findings.offend(delivery["id"], "is marked delivered, and no try of it was answered with 2xx")
    elif state == "dead" and not delivery["last_error"]:
        findings.offend(delivery["id"], "is dead without an error")
    elif state == "cancelled" and not delivery["deleted"]:
        findings.offend(delivery["id"], "was cancelled, though its endpoint was not deleted")


async def _compare_with_receiver(evidence: Evidence, findings: Findings, path: Path) -> None:
    """Every message that a receiver had is signed by us, and it had everything that is marked delivered.

    The log has a JSON object a line: `endpoint_id`, `headers` and `body`, as text.
    """
    secrets = await _secrets(evidence)
    had: set[tuple[str, str]] = set()
    for number, message in _messages(path):
        endpoint_id, headers = str(message["endpoint_id"]), {k.lower(): v for k, v in message["headers"].items()}
        had.add((endpoint_id, headers.get("webhook-id", "")))
        findings.checked += 1
        if endpoint_id in secrets and not _verifies(secrets[endpoint_id], headers, message["body"]):
            findings.offend(f"{path.name}:{number}", f"the signature of {headers.get('webhook-id')} does not verify")
    endpoints = sorted({endpoint_id for endpoint_id, _ in had})
    async for row in evidence.read("notify", _DELIVERED, endpoints):
        if (row["endpoint_id"], row["event_id"]) not in had:
            findings.offend(row["event_id"], f"is marked delivered to {row['endpoint_id']}, which did not have it")


def _messages(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open() as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, json.loads(line)


async def _secrets(evidence: Evidence) -> dict[str, list[str]]:
    connection = evidence.connections["notify"]
    given = os.environ.get("MARQUE_WEBHOOK_KEY")
    keyring = Keyring.from_text(given) if given else Keyring([bytes(await connection.fetchval(_KEPT_KEY))])
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(_SECRETS):
        try:
            found[row["id"]] = [keyring.open(sealed) for sealed in (row["secret"], row["previous_secret"]) if sealed]
        except CannotOpen:
            continue
    return found


def _verifies(secrets: list[str], headers: dict[str, str], body: str) -> bool:
    """Return whether a message carries the signature of one of these secrets; however long ago it was sent."""
    try:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        given = headers["webhook-signature"].split(" ")
        return any(Webhook(secret).sign(headers["webhook-id"], at, body) in given for secret in secrets)
    except (KeyError, ValueError):
        return False
