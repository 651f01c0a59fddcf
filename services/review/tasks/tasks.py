"""Tasks out of reports: each item finds or makes the one open task for its listing and right, and is attached to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

import orjson

from services.review.tables import SOURCE
from services.review.tasks import queues, statements
from services.review.tasks.statements import KnownItem, OpenedTask
from shared.contracts.codes import Claim, Severity
from shared.contracts.events import ReportSubmitted, TaskCreated, TaskJoined
from shared.contracts.ids import ReportId, TaskId
from shared.contracts.registration_numbers import normal_form
from shared.contracts.things import ItemReporter, ReportedItem, RightSnapshot, TaskItem
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.outbox import append
from shared.runtime.statements import Executor

MOST_TOGETHER = 500
"""Items in one statement, at most; those of one report always go together."""


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


class Place(NamedTuple):
    """The listing and the right (as `_right_key` identifies it) of which there is one open task at most."""

    marketplace: str
    listing_id: str
    right_key: str


@dataclass(frozen=True)
class _Incoming:
    """A report item on its way to a task, and what is known of it before its report."""

    item: ReportedItem
    urgency: Urgency
    news: KnownItem | None


@dataclass(frozen=True)
class _Opening:
    """The items of one report about one listing, which find or make a task."""

    report: ReportSubmitted
    items: list[_Incoming] = field(default_factory=list)


async def lock_report(connection: Executor, report_id: str) -> None:
    """Apply one event of a report at a time, also by several replicas."""
    await Lock.REPORT.take(connection, report_id)


async def open_tasks(
    connection: Executor,
    reports: Sequence[ReportSubmitted],
    *,
    defaults: Defaults,
    traces: Mapping[ReportId, str | None] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Bring the items of reports to review. Up to 500 items are a handful of statements.

    What is told of a task continues the trace of its report.
    """
    await Lock.REPORT.take_all(connection, {report.report_id for report in reports})
    for together in _together(reports):
        await _open_together(connection, together, defaults, traces, now)


def _together(reports: Sequence[ReportSubmitted]) -> Iterator[list[ReportSubmitted]]:
    """Group reports, in their order, so that no two of a group are about one listing and right.

    Of two that are, the second joins the task of the first.
    """
    group: list[ReportSubmitted] = []
    places: set[Place] = set()
    items = 0
    for report in reports:
        its_places = {_place(report, item) for item in report.items}
        if group and (items + len(report.items) > MOST_TOGETHER or places & its_places):
            yield group
            group, places, items = [], set(), 0
        group.append(report)
        places |= its_places
        items += len(report.items)
    if group:
        yield group


async def _open_together(
    connection: Executor,
    reports: Sequence[ReportSubmitted],
    defaults: Defaults,
    traces: Mapping[ReportId, str | None],
    now: datetime,
) -> None:
    item_ids = [item.item_id for report in reports for item in report.items]
    known = {row.item_id: row for row in await statements.KNOWN_ITEMS.all(connection, ids=item_ids)}
    openings: dict[Place, _Opening] = {}
    for report in reports:
        default = defaults.of(report.claim, report.submitted_at)
        for item in report.items:
            news = known.get(item.item_id)
            if news is None or not news.withdrawn:
                opening = openings.setdefault(_place(report, item), _Opening(report))
                opening.items.append(_Incoming(item, _urgency(news, default), news))
    if not openings:
        return
    tasks = await _find_or_make(connection, openings, now)
    attached = {place: _attached(opening, tasks[place]) for place, opening in openings.items()}
    await _attach(connection, openings, tasks, attached)
    created = [row.id for row in tasks.values() if row.was is None]
    returned = [row.id for row in tasks.values() if row.was == "needs_information"]
    joined = [row.id for row in tasks.values() if row.was is not None]
    await queues.place(connection, created + returned, fresh=True)
    await queues.move(connection, joined)
    events = [_task_event(opening, tasks[place], attached[place], now) for place, opening in openings.items()]
    causes = [traces.get(opening.report.report_id) for opening in openings.values()]
    await append(connection, events, source=SOURCE, now=now, causes=causes)
    for place, opening in openings.items():
        for findings in {one.news.findings for one in opening.items if one.news and one.news.findings is not None}:
            await statements.ADD_FINDINGS.run(connection, ids=[tasks[place].id], findings=findings, now=now)


def _place(report: ReportSubmitted, item: ReportedItem) -> Place:
    return Place(item.listing.marketplace, item.listing.listing_id, _right_key(report.right))


def _right_key(right: RightSnapshot) -> str:
    """Identify a right across vaults: an owner and its agent, who each report under a record of their own,
    mean the same registration. Without one, the record itself is all there is to go by.
    """
    if right.office is None or right.registration_number is None:
        return right.id
    number = normal_form(right.office, right.type, right.registration_number)
    return f"{right.type.value} {right.office.upper()} {number}"


def _urgency(news: KnownItem | None, default: Urgency) -> Urgency:
    """Return how pressing an item is: by the triage that came before its report, or until it comes."""
    if news is None or news.severity is None or news.due_at is None:
        return default
    return Urgency(Severity(news.severity), news.due_at)


async def _find_or_make(
    connection: Executor, openings: Mapping[Place, _Opening], now: datetime
) -> dict[Place, OpenedTask]:
    reports = list({opening.report.report_id: opening.report for opening in openings.values()}.values())
    number = {report.report_id: n for n, report in enumerate(reports, 1)}
    rows = await statements.FIND_OR_MAKE.all(
        connection,
        ids=[new_id(TaskId) for _ in openings],
        marketplaces=[place.marketplace for place in openings],
        listing_ids=[place.listing_id for place in openings],
        severities=[min(one.urgency.severity for one in opening.items).value for opening in openings.values()],
        due_at=[min(one.urgency.due_at for one in opening.items) for opening in openings.values()],
        listings=[opening.items[0].item.listing.model_dump_json() for opening in openings.values()],
        seller_ids=[_seller(opening) for opening in openings.values()],
        reports=[number[opening.report.report_id] for opening in openings.values()],
        right_ids=[report.right.id for report in reports],
        right_keys=[_right_key(report.right) for report in reports],
        right_types=[report.right.type.value for report in reports],
        languages=[queues.language_of(report.language) for report in reports],
        right_snapshots=[report.right.model_dump_json() for report in reports],
        findings=[
            orjson.dumps([finding.model_dump(mode="json") for finding in report.findings]).decode()
            for report in reports
        ],
        now=now,
    )
    return {Place(row.marketplace, row.listing_id, row.right_key): row for row in rows}


def _seller(opening: _Opening) -> str | None:
    """Return the seller of a listing: as it was captured, else as its report names it."""
    captured = (one.news.seller_id for one in opening.items if one.news and one.news.seller_id is not None)
    return next(captured, opening.items[0].item.listing.seller_id)


async def _attach(
    connection: Executor,
    openings: Mapping[Place, _Opening],
    tasks: Mapping[Place, OpenedTask],
    attached: Mapping[Place, Sequence[TaskItem]],
) -> None:
    incoming = [(one, tasks[place].id) for place, opening in openings.items() for one in opening.items]
    things = [thing for items in attached.values() for thing in items]
    await statements.ATTACH.run(
        connection,
        item_ids=[thing.item_id for thing in things],
        task_ids=[task_id for _, task_id in incoming],
        report_ids=[thing.report_id for thing in things],
        account_ids=[thing.account_id for thing in things],
        things=[thing.model_dump_json() for thing in things],
        severities=[one.urgency.severity.value for one, _ in incoming],
        due_at=[one.urgency.due_at for one, _ in incoming],
    )


def _attached(opening: _Opening, task: OpenedTask) -> list[TaskItem]:
    report = opening.report
    reporter = ItemReporter(
        name=report.right.owner.name,
        held_as=report.right.held_as,
        kind=report.reporter.kind,
        tier=report.reporter_tier,
        trusted_flagger=report.reporter.trusted_flagger,
    )
    return [
        TaskItem(
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
            reporter=reporter,
            right=None if report.right.id == task.right_id else report.right,
            fitting_right=report.fitting_right,
            reporter_accuracy=report.reporter_accuracy,
        )
        for item in (one.item for one in opening.items)
    ]


def _task_event(
    opening: _Opening, task: OpenedTask, attached: Sequence[TaskItem], now: datetime
) -> TaskCreated | TaskJoined:
    if task.was is not None:
        return TaskJoined(version=task.version, task_id=TaskId(task.id), round=task.round, items=attached)
    return TaskCreated(
        version=task.version,
        task_id=TaskId(task.id),
        round=task.round,
        items=attached,
        queue=queues.queue_name(task.right_type, task.language, task.severity),
        right_id=opening.report.right.id,
        right_type=opening.report.right.type,
        severity=Severity(task.severity),
        listing=opening.items[0].item.listing,
        due_at=task.due_at,
        created_at=now,
    )
