"""Tasks out of reports: each item finds or makes the one open task for its listing and right, and is attached to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.review.tables import SOURCE
from services.review.tasks import queues
from shared.contracts.codes import Claim, Severity
from shared.contracts.events import ReportSubmitted, TaskCreated, TaskJoined
from shared.contracts.ids import ItemId, TaskId
from shared.contracts.registration_numbers import normal_form
from shared.contracts.things import Listing, ReportedItem, RightSnapshot, TaskItem
from shared.runtime.ids import new_id
from shared.runtime.outbox import append

_LOCK_REPORT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7301))"
_NEWS = """
SELECT item_id, severity, due_at, withdrawn_at IS NOT NULL AS withdrawn, findings::text
FROM item_news WHERE item_id = ANY($1)
"""
# The conflict is with the one open task of this listing and right. Two reports at once meet here: the second waits for
# the first one's commit. When a judgement decides the task meanwhile, it has left the index and a new task is made.
_OPEN = """
INSERT INTO tasks AS t (id, marketplace, listing_id, right_id, right_key, right_type, language, severity, due_at, state,
                        round, version, listing, right_snapshot, findings, notes, created_at, updated_at)
SELECT n.id, n.marketplace, n.listing_id, $6, $13, $7, $8, n.severity, n.due_at, 'pending', 1, 2,
       n.listing, $9::text::json, $10::text::jsonb, '[]', $11, $11
FROM (SELECT unnest($1::text[]) AS id, unnest($2::text[]) AS marketplace, unnest($3::text[]) AS listing_id,
             unnest($4::text[]) AS severity, unnest($5::timestamptz[]) AS due_at,
             unnest($12::text[])::json AS listing) n
ORDER BY n.marketplace, n.listing_id
ON CONFLICT (marketplace, listing_id, right_key) WHERE state IN ('pending', 'needs_information', 'escalated')
DO UPDATE SET version = t.version + 2, updated_at = excluded.updated_at, findings = t.findings || excluded.findings,
              severity = least(t.severity, excluded.severity), due_at = least(t.due_at, excluded.due_at),
              round = t.round + (t.state = 'needs_information')::int,
              state = CASE t.state WHEN 'needs_information' THEN 'pending' ELSE t.state END
RETURNING id, marketplace, listing_id, right_id, right_type, language, severity, due_at, round, version,
          old.state AS was
"""
ADD_FINDINGS = """
UPDATE tasks SET findings = findings || $2::text::jsonb, version = version + 2, updated_at = $3 WHERE id = ANY($1)
"""
_ATTACH = """
INSERT INTO task_items (item_id, task_id, report_id, account_id, thing, severity, due_at)
SELECT i.item_id, i.task_id, $6, $7, i.thing, i.severity, i.due_at
FROM (SELECT unnest($1::text[]) AS item_id, unnest($2::text[]) AS task_id, unnest($3::text[])::json AS thing,
             unnest($4::text[]) AS severity, unnest($5::timestamptz[]) AS due_at) i
"""


@dataclass(frozen=True)
class Urgency:
    """How pressing an item is."""

    severity: Severity
    due_at: datetime


@dataclass(frozen=True)
class Defaults:
    """The triage of an item before the escalation service has sent its own."""

    severity: Mapping[Claim, Severity]
    decide_seconds: Mapping[Severity, int]

    def of(self, claim: Claim, submitted_at: datetime) -> Urgency:
        severity = self.severity[claim]
        return Urgency(severity, submitted_at + timedelta(seconds=self.decide_seconds[severity]))


async def lock_report(connection: Any, report_id: str) -> None:
    """Apply one event of a report at a time, also by several replicas."""
    await connection.execute(_LOCK_REPORT, report_id)


async def open_tasks(connection: Any, report: ReportSubmitted, *, defaults: Defaults, now: datetime) -> None:
    """Bring the items of a report to review. Up to 500 items are a handful of statements."""
    await lock_report(connection, report.report_id)
    news = await connection.fetch(_NEWS, [item.item_id for item in report.items])
    urgencies = _urgencies(report, news, defaults)
    places: dict[tuple[str, str], list[ReportedItem]] = {}
    for item in report.items:
        if item.item_id in urgencies:
            places.setdefault((item.listing.marketplace, item.listing.listing_id), []).append(item)
    if not places:
        return
    tasks = await _find_or_make(connection, report, places, urgencies, now)
    await _attach(connection, report, places, tasks, urgencies)
    created = [row["id"] for row in tasks.values() if row["was"] is None]
    returned = [row["id"] for row in tasks.values() if row["was"] == "needs_information"]
    joined = [row["id"] for row in tasks.values() if row["was"] is not None]
    await queues.place(connection, created + returned, fresh=True)
    await queues.move(connection, joined)
    events = [_told(report, row, places[place], now) for place, row in tasks.items()]
    await append(connection, events, source=SOURCE, now=now)
    suspected = {row["item_id"]: row["findings"] for row in news if row["findings"] is not None}
    for place, items in places.items():
        for findings in {suspected[item.item_id] for item in items if item.item_id in suspected}:
            await connection.execute(ADD_FINDINGS, [tasks[place]["id"]], findings, now)


def _right_key(right: RightSnapshot) -> str:
    """Identify a right across vaults: an owner and its agent, who each report under a record of their own,
    mean the same registration. Without one, the record itself is all there is to go by.
    """
    if right.office is None or right.registration_number is None:
        return right.id
    number = normal_form(right.office, right.type, right.registration_number)
    return f"{right.type.value} {right.office.upper()} {number}"


def _urgencies(report: ReportSubmitted, heard: Sequence[Any], defaults: Defaults) -> dict[ItemId, Urgency]:
    """Return the stored inbound events of each item that was not withdrawn before it arrived."""
    default = defaults.of(report.claim, report.submitted_at)
    found = dict.fromkeys((item.item_id for item in report.items), default)
    for news in heard:
        item_id = ItemId(news["item_id"])
        if news["withdrawn"]:
            del found[item_id]
        elif news["severity"] is not None:
            found[item_id] = Urgency(Severity(news["severity"]), news["due_at"])
    return found


async def _find_or_make(
    connection: Any,
    report: ReportSubmitted,
    places: Mapping[tuple[str, str], Sequence[ReportedItem]],
    urgencies: Mapping[ItemId, Urgency],
    now: datetime,
) -> dict[tuple[str, str], Any]:
    pressing = [
        Urgency(min(urgencies[i.item_id].severity for i in items), min(urgencies[i.item_id].due_at for i in items))
        for items in places.values()
    ]
    rows = await connection.fetch(
        _OPEN,
        [new_id(TaskId) for _ in places],
        [marketplace for marketplace, _ in places],
        [listing_id for _, listing_id in places],
        [urgency.severity.value for urgency in pressing],
        [urgency.due_at for urgency in pressing],
        report.right.id,
        report.right.type.value,
        queues.language_of(report.language),
        report.right.model_dump_json(),
        orjson.dumps([finding.model_dump(mode="json") for finding in report.findings]).decode(),
        now,
        [items[0].listing.model_dump_json() for items in places.values()],
        _right_key(report.right),
    )
    return {(row["marketplace"], row["listing_id"]): row for row in rows}


async def _attach(
    connection: Any,
    report: ReportSubmitted,
    places: Mapping[tuple[str, str], Sequence[ReportedItem]],
    tasks: Mapping[tuple[str, str], Any],
    urgencies: Mapping[ItemId, Urgency],
) -> None:
    attached = [(item, tasks[place]) for place, items in places.items() for item in items]
    await connection.execute(
        _ATTACH,
        [item.item_id for item, _ in attached],
        [task["id"] for _, task in attached],
        [_attached(report, item, task).model_dump_json() for item, task in attached],
        [urgencies[item.item_id].severity.value for item, _ in attached],
        [urgencies[item.item_id].due_at for item, _ in attached],
        report.report_id,
        report.account_id,
    )


def _attached(report: ReportSubmitted, item: ReportedItem, task: Any) -> TaskItem:
    return TaskItem(
        report_id=report.report_id,
        item_id=item.item_id,
        account_id=report.account_id,
        claim=report.claim,
        legal_basis=report.legal_basis,
        part=item.part,
        explanation=item.explanation or report.explanation,
        evidence=[*dict.fromkeys([*item.evidence_ids, *report.evidence_ids])],
        markets=report.markets,
        submitted_at=report.submitted_at,
        right=None if report.right.id == task["right_id"] else report.right,
        fitting_right=report.fitting_right,
        reporter_accuracy=report.reporter_accuracy,
    )


def _told(report: ReportSubmitted, task: Any, items: Sequence[ReportedItem], now: datetime) -> TaskCreated | TaskJoined:
    attached = [_attached(report, item, task) for item in items]
    if task["was"] is not None:
        return TaskJoined(version=task["version"], task_id=task["id"], round=task["round"], items=attached)
    listing: Listing = items[0].listing
    return TaskCreated(
        version=task["version"],
        task_id=task["id"],
        round=task["round"],
        items=attached,
        queue=queues.queue_name(task["right_type"], task["language"], task["severity"]),
        right_id=report.right.id,
        right_type=report.right.type,
        severity=task["severity"],
        listing=listing,
        due_at=task["due_at"],
        created_at=now,
    )
