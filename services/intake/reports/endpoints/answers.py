"""The answer to a report that is filed, as it is sent and as it is stored under its key."""

from datetime import datetime
from typing import Any

import orjson

from shared.contracts.codes import ReportState
from shared.contracts.events import ReportSubmitted
from shared.runtime.idempotency import Answer

_HEADERS = orjson.dumps({"content-type": "application/json"}).decode()


def filed(report: ReportSubmitted, findings: list[dict[str, Any]], expected: datetime) -> Answer:
    """Write a `ReportOut` out by hand, because this is the busiest path."""
    authority = report.authority
    body = {
        "id": str(report.report_id),
        "state": ReportState.RECEIVED.value,
        "claim": report.claim.value,
        "reference": report.reference,
        "right_id": str(report.right.id),
        "right_version": report.right.version,
        "authority_id": str(authority.id) if authority else None,
        "authority_version": authority.version if authority else None,
        "created_at": report.submitted_at,
        "completed_at": None,
        "expected_decision_at": expected,
        "findings": findings,
        "items": [
            {
                "id": str(item.item_id),
                "state": "received",
                "listing_id": item.listing.listing_id,
                "url": item.listing.url,
                "decision_id": None,
                "code": None,
                "public_reason": None,
                "expected_decision_at": expected,
                "answer_due_at": None,
                "listing_state": None,
                "withdrawal_requested_at": None,
                "withdrawal": None,
                "reopen_until": None,
            }
            for item in report.items
        ],
    }
    return Answer(201, _HEADERS, orjson.dumps(body, option=orjson.OPT_UTC_Z))
