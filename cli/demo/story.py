"""The demonstration from beginning to end: a brand, two vendors, the desk and a receiver, on the public API."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.progress import Progress

from cli.demo.brand import Brand
from cli.demo.catalogue import Catalogue
from cli.demo.desk import MissedClock
from cli.demo.notices import Notice
from cli.demo.receiver import Receiver
from cli.demo.vendor import Workbench
from deploy.local.api import Api

SETTLE_SECONDS = 600.0
SHORTEST_LEASE = 30
REVIEWERS = 4


@dataclass
class Outcome:
    """The outcome of the demonstration."""

    notices: list[Notice]
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    decisions: set[str] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    events_refused: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    lease_passed_on: bool = False
    escalation: dict[str, Any] = field(default_factory=dict)
    statement: dict[str, Any] = field(default_factory=dict)
    listings: int = 0
    packet: dict[str, Any] = field(default_factory=dict)
    decided_after: list[float] = field(default_factory=list)

    @property
    def undecided(self) -> list[str]:
        """Reports that ought to have ended and have not."""
        return [id_ for id_, report in self.reports.items() if report["state"] not in _ENDED]

    @property
    def faults(self) -> list[str]:
        """Return why the demonstration did not end well, a sentence each; none where it did."""
        found = [f"{name} was not filed: {why}" for name, why in self.refused]
        found += [f"{id_} is still {self.reports[id_]['state']}: {self.why_open(id_)}" for id_ in self.undecided]
        if self.events_refused:
            found.append(f"{self.events_refused} events came with a wrong signature")
        if not self.reports:
            return [*found, "no notice was complete, so there was nothing to file"]
        if not self.lease_passed_on:
            found.append(
                "the task of the reviewer who fell asleep was not decided by another while the lease had ended"
            )
        if not self.statement:
            found.append("no listing was accepted, so there is no statement of reasons to show")
        elif not self.packet["captures"]:
            found.append(f"the packet of {self.packet['decision']['id']} shows no goods")
        return found

    def why_open(self, report_id: str) -> str:
        """Name what the items of an unfinished report wait for."""
        states = Counter(item["state"] for item in self.reports[report_id]["items"] if item["state"] not in _OVER)
        waits = ", ".join(f"{count} listings {state.replace('_', ' ')}" for state, count in states.items())
        return f"{waits or 'its last event has not come'} after {SETTLE_SECONDS:.0f} s"


_OVER = frozenset({"accepted", "rejected", "actioned", "withdrawn", "closed"})
_ENDED = frozenset({"accepted", "partially_accepted", "rejected", "withdrawn"})


@dataclass
class Cast:
    """Who takes part, each with a key of its own."""

    brand: Api
    vendor: Api
    vendor_two: Api
    marketplace: Api


async def play(cast: Cast, notices: list[Notice], run: str, progress: Progress) -> Outcome:
    """Everything that the README promises, in order."""
    outcome = Outcome(notices)
    brand = Brand(cast.brand, cast.marketplace, "Demonstration Brand GmbH", run)
    told: dict[str, float] = {}

    async def on_event(event: dict[str, Any]) -> None:
        data = event["data"]
        if event["type"] == "marque.report.information_requested.v1":
            await brand.answer(data["report_id"], [item["item_id"] for item in data["items"]])
        elif event["type"] == "marque.decision.made.v1":
            outcome.decisions.add(data["decision_id"])
        elif event["type"] == "marque.report.completed.v1":
            told[data["report_id"]] = time.monotonic()

    async with Receiver(on_event) as receiver, Catalogue(cast.marketplace) as catalogue:
        endpoint = await cast.brand.post(
            "/v1/webhook-endpoints",
            {"url": receiver.url, "event_types": ["report.*", "decision.*"], "description": "Demonstration receiver"},
        )
        receiver.secret = endpoint["secret"]
        try:
            await _main_job(cast, brand, catalogue, receiver, outcome, told, progress)
            await _missed_clock(cast, brand, catalogue, receiver, outcome, told, progress)
        finally:
            await cast.brand.call("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")
        outcome.events, outcome.events_refused = receiver.counts, receiver.refused
    outcome.refused = brand.refused
    await _look_at_the_end(cast, outcome)
    return outcome


async def _main_job(
    cast: Cast,
    brand: Brand,
    catalogue: Catalogue,
    receiver: Receiver,
    outcome: Outcome,
    told: dict[str, float],
    progress: Progress,
) -> None:
    began = time.monotonic()
    bar = progress.add_task("Reading notices", total=len(outcome.notices))
    await brand.parse(outcome.notices, lambda: progress.advance(bar))
    outcome.seconds["reading the notices"] = time.monotonic() - began

    complete = [notice for notice in outcome.notices if notice.complete]
    outcome.listings = await catalogue.tell(complete)
    began = time.monotonic()
    bar = progress.add_task("Filing reports", total=len(complete))
    await brand.file(complete, lambda: progress.advance(bar))
    outcome.seconds["vault and filing"] = time.monotonic() - began
    reports = [report for notice in complete for report in notice.reports]
    outcome.reports = {report["id"]: report for report in reports}
    if not reports:
        return

    await _judge_all(cast, catalogue, receiver, outcome, told, progress)


async def _judge_all(
    cast: Cast,
    catalogue: Catalogue,
    receiver: Receiver,
    outcome: Outcome,
    told: dict[str, float],
    progress: Progress,
) -> None:
    """Two vendors work until every report has ended; one of their reviewers falls asleep over a task."""
    began = time.monotonic()
    first, second = (
        Workbench(api, name, catalogue.told) for api, name in ((cast.vendor, "vendor"), (cast.vendor_two, "vendor_two"))
    )
    sleeper = (await first.claim("sleeper", most=1, lease_seconds=SHORTEST_LEASE, wait=30))[0]
    items = sum(len(report["items"]) for report in outcome.reports.values())
    bar = progress.add_task("Judging listings", total=items)
    enough = asyncio.Event()
    workers = [
        asyncio.create_task(bench.work(f"{bench.vendor}-{n}", enough, lambda: progress.advance(bar)))
        for bench in (first, second)
        for n in range(REVIEWERS // 2)
    ]
    everyone = set(outcome.reports)
    try:
        waiting = asyncio.create_task(receiver.wait_until(lambda: everyone <= told.keys(), SETTLE_SECONDS))
        await asyncio.wait([waiting, *workers], return_when=asyncio.FIRST_COMPLETED)
        for worker in workers:
            if worker.done():
                worker.result()  # a workbench never stops by itself: this says why it did
        await waiting
    finally:
        enough.set()
        await asyncio.gather(*workers, return_exceptions=True)
    outcome.seconds["judging and telling"] = time.monotonic() - began
    outcome.lease_passed_on = await first.judge(sleeper) is None
    outcome.judged = first.judged + second.judged


async def _missed_clock(
    cast: Cast,
    brand: Brand,
    catalogue: Catalogue,
    receiver: Receiver,
    outcome: Outcome,
    told: dict[str, float],
    progress: Progress,
) -> None:
    """One report that nobody works on in time."""
    if not outcome.reports:
        return
    bar = progress.add_task("A missed clock", total=4)
    filed = next(notice for notice in outcome.notices if notice.reports)
    reference = f"demonstration-clock-{brand.run}"
    desk = MissedClock(cast.marketplace)
    await desk.promise(reference)
    try:
        report = await _file_again(cast, filed, reference)
        progress.advance(bar)
        escalation = await desk.escalation_of(report["id"])
        progress.advance(bar)
        outcome.escalation = await desk.settle(escalation)
        progress.advance(bar)
    finally:
        await desk.withdraw_promise()
    outcome.reports[report["id"]] = report
    bench = Workbench(cast.vendor, "vendor", catalogue.told)
    enough = asyncio.Event()
    worker = asyncio.create_task(bench.work("vendor-late", enough, lambda: None))
    await receiver.wait_until(lambda: report["id"] in told, SETTLE_SECONDS)
    enough.set()
    await worker
    outcome.judged += bench.judged
    progress.advance(bar)


async def _file_again(cast: Cast, notice: Notice, reference: str) -> dict[str, Any]:
    """The listing of an ended report has come back: it may be reported once more."""
    ended = notice.reports[0]
    right = notice.right or {}
    body = {
        "right_id": right["id"], "claim": notice.parsed["draft"]["claim"], "reference": reference,
        "language": "en", "markets": [],
        "items": [{"url": ended["items"][0]["url"], "media_type": "listing", "part": "whole"}],
        "explanation": "The listing that was taken down is back under the same address.", "legal_basis": "dmca",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Demonstration Brand GmbH",
        "contact": {"name": "Demonstration Brand GmbH", "email": "notices@brand.example"},
    }  # fmt: skip
    report: dict[str, Any] = await cast.brand.post("/v1/reports", body, idempotency_key=reference)
    return report


async def _look_at_the_end(cast: Cast, outcome: Outcome) -> None:
    """Read every report once more, one seller's statement of reasons, and what that decision rested on."""
    for id_ in outcome.reports:
        outcome.reports[id_] = await cast.brand.get(f"/v1/reports/{id_}")
    for report in outcome.reports.values():
        for item in report["items"]:
            if item["state"] == "accepted" and item["decision_id"]:
                decision = f"/v1/decisions/{item['decision_id']}"
                outcome.statement = await cast.brand.get(f"{decision}/statement-of-reasons")
                outcome.packet = await cast.marketplace.get(f"{decision}/packet")
                return
