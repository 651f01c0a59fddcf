"""Misuse of notices: generated attacks are suspected and brought to the desk, honest work is left alone."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.conduct.misuse import normal_forms, signals
from services.intake.conduct.misuse.scan import scan_reports
from services.intake.conduct.misuse.signals import Limits
from services.intake.conduct.misuse.traces import Rate, Seen
from shared.contracts.codes import AbuseSignal, FindingSeverity
from shared.contracts.events import ListingUpserted, ReporterSuspected, ReportSuspected
from tests.conftest import StartService
from tests.services.intake.conftest import TRADEMARK, Intake, a_report
from tests.services.intake.seeding import WORDS

NONE = timedelta(0)
LIMITS = Limits(days=30, accounts=3, rights=20, burst_items=500, burst_times=20)
CLONE = "Our company owns this product and the listing number {} sells copies of it without any permission at all."


@pytest.fixture
async def watched(start_service: StartService) -> Intake:
    """An intake service with limits that a short test can reach."""
    return Intake(await start_service("intake", abuse_burst_items="40", abuse_rights="5", abuse_settle_seconds="3600"))


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


async def _look(intake: Intake) -> int:
    """What the clock does every few seconds. How many reports it looked at."""
    now = datetime.now(UTC)
    async with intake.running.database.transaction() as session:
        return await scan_reports(session, limits=Limits.of(intake.running.service.settings), settle=NONE, now=now)


async def _raised(intake: Intake) -> list[tuple[AbuseSignal, int]]:
    return [(event.signal, len(event.accounts)) for event in await intake.running.recorded(ReporterSuspected)]


async def test_one_explanation_from_many_accounts_is_suspected(watched: Intake) -> None:
    brands = _brands(watched, 4)
    for number, brand in enumerate(brands):
        right_id = await _right(watched, brand, number)
        await _file(brand, right_id, number, explanation=CLONE.format(number), **_person(f"Person {'abcd'[number]} X"))
        await _look(watched)
    suspected = await watched.running.recorded(ReportSuspected)
    assert [event.signals for event in suspected] == [[AbuseSignal.CLONED_EXPLANATION]] * 2
    assert [finding.severity for finding in suspected[0].findings] == [FindingSeverity.INFORMS]
    assert await _raised(watched) == [(AbuseSignal.CLONED_EXPLANATION, 3)]


async def test_one_explanation_under_many_rights_is_suspected(watched: Intake) -> None:
    (brand,) = _brands(watched, 1)
    for number in range(5):
        await _file(brand, await _right(watched, brand, number), number, explanation=CLONE.format(number))
        await _look(watched)
    assert await _raised(watched) == [(AbuseSignal.CLONED_EXPLANATION, 1)]


async def test_one_person_behind_many_accounts_is_suspected(watched: Intake) -> None:
    for number, brand in enumerate(_brands(watched, 3)):
        name = ("Ada Example", "EXAMPLE, Ada", "ada éxample")[number]
        person = {"signature": name, "contact": {"name": name, "email": f"Claims+{number}@brand.example"}}
        await _file(brand, await _right(watched, brand, number), number, explanation=WORDS[number], **person)
        await _look(watched)
    assert sorted(await _raised(watched)) == [(AbuseSignal.SHARED_CONTACT, 3), (AbuseSignal.SHARED_SIGNATURE, 3)]


async def test_a_burst_is_suspected_once(watched: Intake) -> None:
    (brand,) = _brands(watched, 1)
    right_id = await _right(watched, brand)
    for round_ in range(3):
        await _file(brand, right_id, *(f"{round_}-{place}" for place in range(30)), explanation=WORDS[round_])
        await _look(watched)
    assert await _raised(watched) == [(AbuseSignal.BURST, 1)]
    assert len(await watched.running.recorded(ReportSuspected)) == 2


async def test_who_always_files_much_files_no_burst(watched: Intake) -> None:
    brand = watched.running.as_("brand", "one that files much")
    account = watched.running.caller("brand", "one that files much").account_id
    right_id = await _right(watched, brand)
    await watched.execute(
        "INSERT INTO traces SELECT 'hour', 'then-' || i, $1, '', 30, now() - i * interval '1 hour', now() "
        "FROM generate_series(1, 100) i",
        account,
    )
    await _file(brand, right_id, *range(60), explanation=WORDS[0])
    await _look(watched)
    assert await _raised(watched) == []


async def test_a_right_registered_after_the_listing_appeared_is_suspected(watched: Intake) -> None:
    listed = datetime.fromisoformat(TRADEMARK["registered_on"]).replace(tzinfo=UTC) - timedelta(days=400)
    for version, number, at in ((1, 7, listed), (2, 8, listed + timedelta(days=500)), (2, 9, listed), (1, 9, NOW)):
        told = ListingUpserted(version=version, marketplace="shop.example", listing_id=str(number), listed_at=at)
        await watched.running.publish(told)

    async def known() -> bool:
        return await watched.count("known_listings") == 3

    await watched.running.eventually(known)
    (brand,) = _brands(watched, 1)
    report = await _file(brand, await _right(watched, brand), 7, 8, 9)
    await _look(watched)
    (suspected,) = await watched.running.recorded(ReportSuspected)
    assert suspected.signals == [AbuseSignal.LATE_RIGHT]
    assert set(suspected.item_ids) == {report["items"][0]["id"], report["items"][2]["id"]}
    assert await _raised(watched) == [(AbuseSignal.LATE_RIGHT, 1)]


NOW = datetime.now(UTC)


async def test_honest_reporters_are_not_suspected(watched: Intake) -> None:
    """Ten brands, each with its people and its words, each filing for a few listings under a few rights."""
    random = Random(3)

    async def work(number: int, brand: httpx.AsyncClient) -> None:
        for turn in range(3):
            right_id = await _right(watched, brand, 100 * number + turn)
            listings = [f"{number}-{turn}-{place}" for place in range(random.randint(1, 6))]
            told = f"{'abcdefghij'[number] * 3} house: {WORDS[turn]}"
            await _file(brand, right_id, *listings, explanation=told, **_person(f"Officer {'abcdefghij'[number] * 4}"))

    await asyncio.gather(*(work(number, brand) for number, brand in enumerate(_brands(watched, 10))))
    await _look(watched)
    assert await _raised(watched) == []
    assert await watched.running.recorded(ReportSuspected) == []


async def test_the_reporter_never_reads_that_it_is_suspected(watched: Intake) -> None:
    (brand,) = _brands(watched, 1)
    report = await _file(brand, await _right(watched, brand), *range(60))
    await _look(watched)
    (suspected,), (raised,) = (
        await watched.running.recorded(ReportSuspected), await watched.running.recorded(ReporterSuspected)
    )  # fmt: skip
    assert suspected.owner is raised.owner is None
    read = (await brand.get(f"/v1/reports/{report['id']}")).text
    assert "R_MANIFESTLY_UNFOUNDED" not in read


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (CLONE.format(1), CLONE.format(2).upper(), True),
        (CLONE.format(1), CLONE.format("https://shop.example/item/9"), True),
        (WORDS[2], WORDS[2].replace("ß", "ss").replace("gl", "GL"), True),
        (WORDS[0], WORDS[1], False),
    ],
)
def test_a_text_that_was_lightly_changed_leaves_the_same_trace(one: str, other: str, *, alike: bool) -> None:
    assert (normal_forms.text_trace(one) == normal_forms.text_trace(other)) is alike


@pytest.mark.parametrize("text", ["", "It is fake.", "12345 67890 https://shop.example/item/1", "!" * 100])
def test_a_short_text_leaves_no_trace(text: str) -> None:
    assert normal_forms.text_trace(text) is None


@given(st.text(), st.text())
def test_any_text_can_be_traced(text: str, name: str) -> None:
    for found in (normal_forms.text_trace(text), normal_forms.name_trace(name), normal_forms.email_trace(text)):
        assert found is None or len(found) == 64


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


def test_a_right_is_late_from_the_day_after_the_listing_on() -> None:
    listed = datetime(2024, 5, 4, 12, tzinfo=UTC)
    assert [signals.is_late(day, listed) for day in (None, date(2024, 5, 4), date(2024, 5, 5))] == [False, False, True]
