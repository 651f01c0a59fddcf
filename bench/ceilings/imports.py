"""The least that could import a file: a loop of the csv module and COPY, with one outbox row for each report.

It writes the same rows as the real path into the same tables: reports, items, timeline, and events as long as the real
ones. A batch of rows is one transaction with the durability that the real path has. There is no upload, no spool that
survives a crash, no validation, no right, no duplicate, no finding and no progress here. Run by `bench/imports.py` in a
process of its own; it prints the seconds that the loop took.
"""

import asyncio
import csv
import itertools
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from shared.contracts.ids import EventId, ItemId, ReportId
from shared.runtime.ids import new_id

_ROWS = 500
_REPORT = (
    "id", "account_id", "right_id", "right_version", "right_type", "claim", "legal_basis", "reference", "language",
    "markets", "explanation", "evidence_ids", "statements", "signature", "contact", "findings", "state", "version",
    "created_at", "updated_at",
)  # fmt: skip
_ITEM = (
    "id", "report_id", "account_id", "right_id", "right_type", "marketplace", "listing_id", "url", "media_type", "part",
    "evidence_ids", "state", "heard", "scheduled", "severity", "expected_decision_at", "created_at",
)  # fmt: skip
_TABLES = {
    "reports": _REPORT,
    "report_items": _ITEM,
    "timeline": ("report_id", "state", "at"),
    "outbox": ("event_id", "type", "payload", "recorded_at"),
}
_ACCOUNT, _RIGHT = "acc_01j9zq4m2te5rv8c3kx7w0nh6b", "rgt_01j9zq4m2te5rv8c3kx7w0nh6b"
_FINDING = {
    "code": "N_TEST_PURCHASE", "severity": "informs", "pointer": "/evidence_ids",
    "message": "A test purchase is the usual proof of a counterfeit, and none is attached.",
    "fix": "Say in the explanation what gives the counterfeit away, or buy one and describe what came.",
}  # fmt: skip


def _told(report_id: str, body: dict[str, Any], items: list[tuple[Any, ...]], now: datetime) -> tuple[str, str]:
    event_id = str(new_id(EventId))
    listings = [
        {
            "item_id": item[0],
            "listing": {
                "marketplace": item[5], "listing_id": item[6], "url": item[7], "media_type": item[8], "seller_id": None,
            },
            "part": item[9], "explanation": None, "evidence_ids": [],
        }
        for item in items
    ]  # fmt: skip
    event = {
        "specversion": "1.0", "id": event_id, "source": "/marque/intake", "type": "marque.report.submitted.v1",
        "subject": report_id, "time": now, "datacontenttype": "application/json", "marqueaccount": _ACCOUNT,
        "data": {**body, "version": 1, "report_id": report_id, "items": listings, "findings": [_FINDING]},
    }  # fmt: skip
    return event_id, orjson.dumps(event).decode()


def _item(report_id: str, url: str, now: datetime) -> tuple[Any, ...]:
    return (
        str(new_id(ItemId)), report_id, _ACCOUNT, _RIGHT, "trademark", "shop.example", url.rpartition("/")[2], url,
        "listing", "whole", "[]", "received", 0, 0, "p2", now + timedelta(days=1), now,
    )  # fmt: skip


def _report(report_id: str, reference: str, body: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    markets, statements, contact, findings = (
        orjson.dumps(value).decode() for value in (body["markets"], body["statements"], body["contact"], [_FINDING])
    )
    return (
        report_id, _ACCOUNT, _RIGHT, 1, "trademark", body["claim"], body["legal_basis"], reference, body["language"],
        markets, body["explanation"], "[]", statements, body["signature"], contact, findings, "received", 1, now, now,
    )  # fmt: skip


def _records(rows: list[list[str]], body: dict[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    now = datetime.now(UTC)
    records: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
    for reference, group in itertools.groupby(rows, key=lambda row: row[1]):
        report_id = str(new_id(ReportId))
        items = [_item(report_id, url, now) for url, _ in group]
        event_id, payload = _told(report_id, {**body, "reference": reference}, items, now)
        records["report_items"] += items
        records["reports"].append(_report(report_id, reference, body, now))
        records["timeline"].append((report_id, "received", now))
        records["outbox"].append((event_id, "marque.report.submitted.v1", payload, now))
    return records


def _batches(path: str) -> Iterator[list[list[str]]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        while rows := list(itertools.islice(reader, _ROWS)):
            yield rows


async def load(url: str, path: str, body: dict[str, Any]) -> float:
    """Load a file; the seconds it took."""
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    for rows in _batches(path):
        async with connection.transaction():
            for table, records in _records(rows, body).items():
                await connection.copy_records_to_table(table, records=records, columns=_TABLES[table])
    took = time.perf_counter() - began
    await connection.close()
    return took


if __name__ == "__main__":
    print(asyncio.run(load(os.environ["BENCH_CEILING_URL"], sys.argv[1], orjson.loads(sys.argv[2]))))
