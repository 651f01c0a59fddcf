"""Misuse of notices: generated attacks are suspected and brought to the desk, honest work is left alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from services.conduct.misuse import signals
from services.conduct.misuse.signals import Limits
from services.conduct.misuse.traces import Rate, Seen
from services.intake.tracing import normal_forms
from services.intake.tracing.sweep import trace_reports
from shared.contracts.codes import AbuseSignal, FindingSeverity
from shared.contracts.events import ListingsKept, ListingUpserted, ReporterSuspected, ReportsTraced, ReportSuspected
from shared.contracts.events.listings import KeptListing
from shared.contracts.listing_codes import ListingState
from tests.conftest import StartService
from tests.running import Running
from tests.services.conduct.conftest import Conduct
from tests.services.intake.conftest import TRADEMARK, Intake, a_report
from tests.services.intake.seeding import WORDS

NONE = timedelta(0)
LIMITS = Limits(days=30, accounts=3, rights=20, burst_items=500, burst_times=20)
CLONE = "Our company owns this product and the listing number {} sells copies of it without any permission at all."


@dataclass
class Watched:
    """Intake, where reports are filed, and conduct, which looks at them."""

    intake: Intake
    conduct: Conduct

    @property
    def running(self) -> Running:
        return self.intake.running

    async def look(self) -> int:
        """Send what was filed since the last look, and wait until conduct has it; how many reports these were."""
        now = datetime.now(UTC)
        async with self.intake.running.database.transaction() as session:
            sent = await trace_reports(session, settle=NONE, now=now)
        wanted = await self.intake.value(f"SELECT count(*) FROM outbox WHERE type = '{ReportsTraced.name}'")

        async def taken_in() -> bool:
            heard = "SELECT count(*) FROM inbox WHERE event_id = ANY($1)"
            ids = await self.intake.value(f"SELECT array_agg(event_id) FROM outbox WHERE type = '{ReportsTraced.name}'")
            return bool(await self.conduct.value(heard, ids or []) == wanted)

        await self.running.eventually(taken_in)
        return sent

    async def suspected(self) -> list[ReportSuspected]:
        return await self.conduct.running.recorded(ReportSuspected)

    async def raised(self) -> list[tuple[AbuseSignal, int]]:
        raised = await self.conduct.running.recorded(ReporterSuspected)
        return [(event.signal, len(event.accounts)) for event in raised]


@pytest.fixture
async def watched(start_service: StartService) -> Watched:
    """Both services, with limits that a short test can reach."""
    limits = {"abuse_burst_items": "40", "abuse_rights": "5", "abuse_settle_seconds": "3600"}
    intake = Intake(await start_service("intake", **limits))
    return Watched(intake, Conduct(await start_service("conduct")))


async def _right(intake: Intake, brand: httpx.AsyncClient, number: int = 0) -> str:
    body = {**TRADEMARK, "registration_number": f"{18_000_000 + number:09}"}
    right = (await brand.post("/v1/rights", json=body)).json()
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    return str(right["id"])


async def _file(brand: httpx.AsyncClient, right_id: str, *listings: object, **changes: Any) -> dict[str, Any]:
    answer = await brand.post("/v1/reports", json=a_report(right_id, *listings, **changes))
    assert answer.status_code == 201, answer.text
    report: dict[str, Any] = answer.json()
    return report


def _person(name: str) -> dict[str, Any]:
    return {"signature": name, "contact": {"name": name, "email": f"{name.replace(' ', '.').lower()}@brand.example"}}


def _brands(intake: Intake, many: int) -> list[httpx.AsyncClient]:
    return [intake.running.as_("brand", f"of the many, {number}") for number in range(many)]


async def test_one_explanation_from_many_accounts_is_suspected(watched: Watched) -> None:
    brands = _brands(watched.intake, 4)
    for number, brand in enumerate(brands):
        right_id = await _right(watched.intake, brand, number)
        await _file(brand, right_id, number, explanation=CLONE.format(number), **_person(f"Person {'abcd'[number]} X"))
        await watched.look()
    suspected = await watched.suspected()
    assert [event.signals for event in suspected] == [[AbuseSignal.CLONED_EXPLANATION]] * 2
    assert [finding.severity for finding in suspected[0].findings] == [FindingSeverity.INFORMS]
    assert await watched.raised() == [(AbuseSignal.CLONED_EXPLANATION, 3)]


async def test_one_explanation_under_many_rights_is_suspected(watched: Watched) -> None:
    (brand,) = _brands(watched.intake, 1)
    for number in range(5):
        await _file(brand, await _right(watched.intake, brand, number), number, explanation=CLONE.format(number))
        await watched.look()
    assert await watched.raised() == [(AbuseSignal.CLONED_EXPLANATION, 1)]


async def test_one_person_behind_many_accounts_is_suspected(watched: Watched) -> None:
    for number, brand in enumerate(_brands(watched.intake, 3)):
        name = ("Ada Example", "EXAMPLE, Ada", "ada éxample")[number]
        person = {"signature": name, "contact": {"name": name, "email": f"Claims+{number}@brand.example"}}
        await _file(brand, await _right(watched.intake, brand, number), number, explanation=WORDS[number], **person)
        await watched.look()
    assert sorted(await watched.raised()) == [(AbuseSignal.SHARED_CONTACT, 3), (AbuseSignal.SHARED_SIGNATURE, 3)]


async def test_a_burst_is_suspected_once(watched: Watched) -> None:
    (brand,) = _brands(watched.intake, 1)
    right_id = await _right(watched.intake, brand)
    for round_ in range(3):
        await _file(brand, right_id, *(f"{round_}-{place}" for place in range(30)), explanation=WORDS[round_])
        await watched.look()
    assert await watched.raised() == [(AbuseSignal.BURST, 1)]
    assert len(await watched.suspected()) == 2


async def test_who_always_files_much_files_no_burst(watched: Watched) -> None:
    brand = watched.running.as_("brand", "one that files much")
    account = watched.running.caller("brand", "one that files much").account_id
    right_id = await _right(watched.intake, brand)
    await watched.conduct.execute(
        "INSERT INTO traces SELECT 'hour', 'then-' || i, $1, '', 30, now() - i * interval '1 hour', now() "
        "FROM generate_series(1, 100) i",
        account,
    )
    await _file(brand, right_id, *range(60), explanation=WORDS[0])
    await watched.look()
    assert await watched.raised() == []


async def test_a_right_registered_after_the_listing_appeared_is_suspected(watched: Watched) -> None:
    listed = datetime.fromisoformat(TRADEMARK["registered_on"]).replace(tzinfo=UTC) - timedelta(days=400)
    for version, number, at in ((1, 7, listed), (2, 8, listed + timedelta(days=500)), (2, 9, listed), (1, 9, NOW)):
        kept = KeptListing(
            version=version, marketplace="shop.example", listing_id=str(number), listed_at=at, state=ListingState.LIVE
        )
        await watched.running.publish(ListingsKept(version=version, listings=[kept]))

    async def known() -> bool:
        return await watched.intake.count("known_listings") == 3

    await watched.running.eventually(known)
    (brand,) = _brands(watched.intake, 1)
    report = await _file(brand, await _right(watched.intake, brand), 7, 8, 9)
    await watched.look()
    (suspected,) = await watched.suspected()
    assert suspected.signals == [AbuseSignal.LATE_RIGHT]
    assert set(suspected.item_ids) == {report["items"][0]["id"], report["items"][2]["id"]}
    assert await watched.raised() == [(AbuseSignal.LATE_RIGHT, 1)]


NOW = datetime.now(UTC)


async def test_what_a_release_before_asked_the_stream_for_is_taken_in_at_once(watched: Watched) -> None:
    """The durable of a service keeps the subjects that it had: what nobody takes would stand before all the rest."""
    told = ListingUpserted(version=1, marketplace="shop.example", listing_id="9", listed_at=NOW)
    event = await watched.running.publish(told)

    async def taken_in() -> bool:
        return bool(await watched.intake.value(f"SELECT count(*) FROM inbox WHERE event_id = '{event.id}'"))

    await watched.running.eventually(taken_in)
    assert await watched.intake.count("known_listings") == 0


async def test_honest_reporters_are_not_suspected(watched: Watched) -> None:
    """Ten brands, each with its people and its words, each filing for a few listings under a few rights."""
    random = Random(3)

    async def work(number: int, brand: httpx.AsyncClient) -> None:
        for turn in range(3):
            right_id = await _right(watched.intake, brand, 100 * number + turn)
            listings = [f"{number}-{turn}-{place}" for place in range(random.randint(1, 6))]
            told = f"{'abcdefghij'[number] * 3} house: {WORDS[turn]}"
            await _file(brand, right_id, *listings, explanation=told, **_person(f"Officer {'abcdefghij'[number] * 4}"))

    await asyncio.gather(*(work(number, brand) for number, brand in enumerate(_brands(watched.intake, 10))))
    await watched.look()
    assert await watched.raised() == []
    assert await watched.suspected() == []


async def test_the_reporter_never_reads_that_it_is_suspected(watched: Watched) -> None:
    (brand,) = _brands(watched.intake, 1)
    report = await _file(brand, await _right(watched.intake, brand), *range(60))
    await watched.look()
    (suspected,), (raised,) = (
        await watched.suspected(), await watched.conduct.running.recorded(ReporterSuspected)
    )  # fmt: skip
    assert suspected.owner is raised.owner is None
    read = (await brand.get(f"/v1/reports/{report['id']}")).text
    assert "R_MANIFESTLY_UNFOUNDED" not in read


@pytest.mark.parametrize(
    ("now", "before", "hours", "burst"),
    [(499, 0, 0, False), (500, 0, 0, True), (5000, 1000 * 720, 720, False), (20_000, 1000 * 720, 720, True)],
)
def test_a_burst_is_many_times_what_is_usual(now: int, before: int, hours: float, *, burst: bool) -> None:
    assert signals.is_burst(Rate(now, before, hours), LIMITS) is burst


@pytest.mark.parametrize(("accounts", "rights", "cloned"), [("ab", 19, False), ("abc", 3, True), ("a", 20, True)])
def test_what_stands_under_many_rights_was_written_for_none(
    accounts: Sequence[str], rights: int, *, cloned: bool
) -> None:
    assert signals.is_cloned(Seen(tuple(accounts), rights, rights), LIMITS) is cloned


async def test_what_travels_cannot_be_looked_up(watched: Watched) -> None:
    """Neither a text nor its plain hash, which anyone could make of a name that he guesses."""
    (brand,) = _brands(watched.intake, 1)
    mail = "claims@brand.example"
    body = {"signature": "Ada Example", "contact": {"name": "Ada Example", "email": mail}, "explanation": WORDS[0]}
    await _file(brand, await _right(watched.intake, brand), 1, **body)
    assert await watched.look() == 1
    (traced,) = await watched.running.recorded(ReportsTraced)
    (report,) = traced.reports
    assert len(report.explanations) == 1
    hashes = [*report.explanations, report.signature, report.contact]
    assert [len(found or "") for found in hashes] == [64, 64, 64]
    plain = [normal_forms.text_trace(WORDS[0]), normal_forms.name_trace("Ada Example"), normal_forms.email_trace(mail)]
    assert not set(hashes) & set(plain)
    sent = traced.model_dump_json()
    assert "Ada" not in sent
    assert "brand.example" not in sent


async def _dies_in_the_sweep(watched: Watched) -> None:
    async with watched.running.database.transaction() as session:
        assert await trace_reports(session, settle=NONE, now=datetime.now(UTC)) == 3
        raise ZeroDivisionError


async def test_a_sweep_that_dies_sends_all_of_it_again_and_no_sweep_sends_twice(watched: Watched) -> None:
    (brand,) = _brands(watched.intake, 1)
    right_id = await _right(watched.intake, brand)
    for number in range(3):
        await _file(brand, right_id, number, explanation=WORDS[0])
    with pytest.raises(ZeroDivisionError):
        await _dies_in_the_sweep(watched)
    assert await watched.running.recorded(ReportsTraced) == []
    assert await watched.look() == 3
    assert await watched.look() == 0
    traced = await watched.running.recorded(ReportsTraced)
    assert [len(one.reports) for one in traced] == [3]
