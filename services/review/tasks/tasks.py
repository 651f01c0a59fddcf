"""Tasks out of reports: each item finds or makes the one open task for its listing and right, and is attached to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from services.review.tables import SOURCE
from services.review.tasks import queues, statements
from services.review.tasks.statements import KnownItem, OpenedTask
from shared.contracts.codes import Claim, Severity
from shared.contracts.events import ReportSubmitted, TaskCreated, TaskJoined
from shared.contracts.ids import ItemId, TaskId
from shared.contracts.registration_numbers import normal_form
from shared.contracts.things import ItemReporter, Listing, ReportedItem, RightSnapshot, TaskItem
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.outbox import append
from shared.runtime.statements import Executor


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


async def lock_report(connection: Executor, report_id: str) -> None:
    """Apply one event of a report at a time, also by several replicas."""
    await Lock.REPORT.take(connection, report_id)


async def open_tasks(connection: Executor, report: ReportSubmitted, *, defaults: Defaults, now: datetime) -> None:
    """Bring the items of a report to review. Up to 500 items are a handful of statements."""
    await lock_report(connection, report.report_id)
    known = await statements.KNOWN_ITEMS.all(connection, ids=[item.item_id for item in report.items])
    urgencies = _urgencies(report, known, defaults)
    places: dict[tuple[str, str], list[ReportedItem]] = {}
    for item in report.items:
        if item.item_id in urgencies:
            places.setdefault((item.listing.marketplace, item.listing.listing_id), []).append(item)
    if not places:
        return
    tasks = await _find_or_make(connection, report, places, known, urgencies, now)
    await _attach(connection, report, places, tasks, urgencies)
    created = [row.id for row in tasks.values() if row.was is None]
    returned = [row.id for row in tasks.values() if row.was == "needs_information"]
    joined = [row.id for row in tasks.values() if row.was is not None]
    await queues.place(connection, created + returned, fresh=True)
    await queues.move(connection, joined)
    events = [_task_event(report, row, places[place], now) for place, row in tasks.items()]
    await append(connection, events, source=SOURCE, now=now)
    suspected = {row.item_id: row.findings for row in known if row.findings is not None}
    for place, items in places.items():
        for findings in {suspected[item.item_id] for item in items if item.item_id in suspected}:
            await statements.ADD_FINDINGS.run(connection, ids=[tasks[place].id], findings=findings, now=now)


def _right_key(right: RightSnapshot) -> str:
    """Identify a right across vaults: an owner and its agent, who each report under a record of their own,
    mean the same registration. Without one, the record itself is all there is to go by.
    """
    if right.office is None or right.registration_number is None:
        return right.id
    number = normal_form(right.office, right.type, right.registration_number)
    return f"{right.type.value} {right.office.upper()} {number}"


def _urgencies(report: ReportSubmitted, known: Sequence[KnownItem], defaults: Defaults) -> dict[ItemId, Urgency]:
    """Return how pressing each item is that was not withdrawn before it arrived."""
    default = defaults.of(report.claim, report.submitted_at)
    found = dict.fromkeys((item.item_id for item in report.items), default)
    for item in known:
        item_id = ItemId(item.item_id)
        if item.withdrawn:
            del found[item_id]
        elif item.severity is not None and item.due_at is not None:
            found[item_id] = Urgency(Severity(item.severity), item.due_at)
    return found


async def _find_or_make(
    connection: Executor,
    report: ReportSubmitted,
    places: Mapping[tuple[str, str], Sequence[ReportedItem]],
    known: Sequence[KnownItem],
    urgencies: Mapping[ItemId, Urgency],
    now: datetime,
) -> dict[tuple[str, str], OpenedTask]:
    pressing = [
        Urgency(min(urgencies[i.item_id].severity for i in items), min(urgencies[i.item_id].due_at for i in items))
        for items in places.values()
    ]
    rows = await statements.FIND_OR_MAKE.all(
        connection,
        ids=[new_id(TaskId) for _ in places],
        marketplaces=[marketplace for marketplace, _ in places],
        listing_ids=[listing_id for _, listing_id in places],
        severities=[urgency.severity.value for urgency in pressing],
        due_at=[urgency.due_at for urgency in pressing],
        right_id=report.right.id,
        right_type=report.right.type.value,
        language=queues.language_of(report.language),
        right_snapshot=report.right.model_dump_json(),
        findings=orjson.dumps([finding.model_dump(mode="json") for finding in report.findings]).decode(),
        now=now,
        listings=[items[0].listing.model_dump_json() for items in places.values()],
        seller_ids=[_seller(items, known) for items in places.values()],
        right_key=_right_key(report.right),
    )
    return {(row.marketplace, row.listing_id): row for row in rows}


def _seller(items: Sequence[ReportedItem], known: Sequence[KnownItem]) -> str | None:
    """Return the seller of a listing: as it was captured, else as its report names it."""
    ids = {item.item_id for item in items}
    captured = (one.seller_id for one in known if one.item_id in ids and one.seller_id is not None)
    return next(captured, items[0].listing.seller_id)


async def _attach(
    connection: Executor,
    report: ReportSubmitted,
    places: Mapping[tuple[str, str], Sequence[ReportedItem]],
    tasks: Mapping[tuple[str, str], OpenedTask],
    urgencies: Mapping[ItemId, Urgency],
) -> None:
    attached = [(item, tasks[place]) for place, items in places.items() for item in items]
    await statements.ATTACH.run(
        connection,
        item_ids=[item.item_id for item, _ in attached],
        task_ids=[task.id for _, task in attached],
        things=[_attached(report, item, task).model_dump_json() for item, task in attached],
        severities=[urgencies[item.item_id].severity.value for item, _ in attached],
        due_at=[urgencies[item.item_id].due_at for item, _ in attached],
        report_id=report.report_id,
        account_id=report.account_id,
    )


def _attached(report: ReportSubmitted, item: ReportedItem, task: OpenedTask) -> TaskItem:
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
        language=report.language,
        reporter=ItemReporter(
            name=report.right.owner.name,
            held_as=report.right.held_as,
            kind=report.reporter.kind,
            tier=report.reporter_tier,
            trusted_flagger=report.reporter.trusted_flagger,
        ),
        right=None if report.right.id == task.right_id else report.right,
        fitting_right=report.fitting_right,
        reporter_accuracy=report.reporter_accuracy,
    )


def _task_event(
    report: ReportSubmitted, task: OpenedTask, items: Sequence[ReportedItem], now: datetime
) -> TaskCreated | TaskJoined:
    attached = [_attached(report, item, task) for item in items]
    if task.was is not None:
        return TaskJoined(version=task.version, task_id=TaskId(task.id), round=task.round, items=attached)
    listing: Listing = items[0].listing
    return TaskCreated(
        version=task.version,
        task_id=TaskId(task.id),
        round=task.round,
        items=attached,
        queue=queues.queue_name(task.right_type, task.language, task.severity),
        right_id=report.right.id,
        right_type=report.right.type,
        severity=Severity(task.severity),
        listing=listing,
        due_at=task.due_at,
        created_at=now,
    )
