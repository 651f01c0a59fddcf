from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.service_levels.estimates import measure, service_levels
from services.intake.service_levels.tables import ServiceLevel
from shared.contracts.codes import Outcome, ReasonCode, Severity
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import hear
from tests.services.intake.news import Task, triaged

START = datetime.now(UTC) - timedelta(days=1)
MINUTE = timedelta(minutes=1)


async def _items(intake: Intake, rows: list[tuple[datetime, datetime | None]], *, ahead: int | None = None) -> None:
    """Items that came at one time and were decided at another, or still wait."""
    await intake.execute(
        "INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, "
        "media_type, part, evidence_ids, state, severity, created_at, decided_at, ahead) "
        "SELECT 'itm_' || gen_random_uuid(), 'rep', 'acc', 'rgt', 'trademark', 'shop.example', gen_random_uuid(), '', "
        "'listing', 'whole', '[]', CASE WHEN d IS NULL THEN 'queued' ELSE 'accepted' END, 'p2', c, d, $3 "
        "FROM unnest($1::timestamptz[], $2::timestamptz[]) AS n(c, d)",
        [row[0] for row in rows], [row[1] for row in rows], ahead,
    )  # fmt: skip


async def _measure(intake: Intake, *, sample: int = 1000, now: datetime | None = None) -> list[ServiceLevel]:
    async with intake.running.database.transaction() as session:
        await measure(session, sample=sample, least=20, now=now or datetime.now(UTC))
        levels = await service_levels(session)
        intake.running.service.resources.filing.examiner.estimates.learn(levels)
        return levels


async def _decided(intake: Intake, count: int) -> None:
    """Items that were decided after 1, 2, 3, ... minutes."""
    await _items(intake, [(START, START + n * MINUTE) for n in range(1, count + 1)])
    await _measure(intake)


async def test_anyone_may_see_how_long_decisions_take(intake: Intake) -> None:
    answer = await intake.running.anonymous.get("/v1/service-levels")
    assert answer.json() == {"expected_quantile": 0.8, "data": []}
    await _decided(intake, 100)
    (level,) = (await intake.running.anonymous.get("/v1/service-levels")).json()["data"]
    assert (level["right_type"], level["severity"], level["decided"], level["waiting"]) == ("trademark", "p2", 100, 0)
    assert [level[name] / 60 for name in ("p50", "p80", "p95")] == [51, 81, 96]
    assert level["expected"] == level["p80"]
    assert level["track"] == {"days": 28, "due": 0, "kept": 0}


async def test_only_the_latest_decisions_count(intake: Intake) -> None:
    await _decided(intake, 100)
    (level,) = await _measure(intake, sample=20)
    assert level.decided == 20
    assert level.p50 > 90 * 60


async def test_what_waits_is_taken_into_account(intake: Intake) -> None:
    """Most items are decided within the hour, the others wait for twenty hours and more."""
    now = START + timedelta(hours=20)
    await _items(intake, [(START, START + n * MINUTE) for n in range(1, 61)])
    (level,) = await _measure(intake, now=now)
    assert level.p80 < 3600
    await _items(intake, [(START, None)] * 50)
    (level,) = await _measure(intake, now=now)
    assert level.waiting == 50
    assert level.p50 <= 3600
    assert level.p80 >= 19 * 3600


def _kaplan_meier(rows: list[tuple[int, int | None]], now: int, share: float) -> float:
    """The age by which this share was decided, out of minutes of arrival and decision, one decision at a time."""
    since = min(decided for _, decided in rows if decided is not None)
    left = 1.0
    for age in sorted({decided - came for came, decided in rows if decided is not None}):
        there = [
            (came, decided) for came, decided in rows
            if max(since - came, 0) <= age <= (now if decided is None else decided) - came
        ]  # fmt: skip
        ended = sum(decided is not None and decided - came == age for came, decided in there)
        left *= 1 - ended / (len(there) + 1)
        if left <= 1 - share + 1e-9:
            return age
    return inf


_came = st.integers(0, 1000)
_rows = st.lists(st.tuples(_came, st.none() | st.integers(1, 400)), min_size=1, max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=_rows, last=st.tuples(_came, st.integers(1, 400)))
async def test_the_estimate_is_that_of_kaplan_and_meier(
    intake: Intake, found: list[tuple[int, int | None]], last: tuple[int, int]
) -> None:
    rows = [(came, None if took is None else came + took) for came, took in [*found, last]]
    now = 1500
    await intake.execute("DELETE FROM report_items")
    await intake.execute("DELETE FROM service_levels")
    await _items(intake, [(START + c * MINUTE, None if d is None else START + d * MINUTE) for c, d in rows])
    (level,) = await _measure(intake, now=START + now * MINUTE)
    longest = max((now if decided is None else decided) - came for came, decided in rows)
    for share, seconds in ((0.5, level.p50), (0.8, level.p80), (0.95, level.p95)):
        wanted = min(_kaplan_meier(rows, now, share), longest)
        assert abs(seconds / 60 - wanted) <= 0.01 * wanted + 0.02, (share, seconds / 60, wanted)


async def test_a_clock_that_was_set_back_does_not_stop_the_measuring(intake: Intake) -> None:
    later = datetime.now(UTC) + timedelta(hours=5)
    await _items(intake, [(later, later + n * MINUTE) for n in range(1, 30)])
    await _items(intake, [(later, None), (datetime.now(UTC) - 10 * MINUTE, None), (START, None)])
    (level,) = await _measure(intake)
    assert (level.decided, level.waiting) == (29, 3)


async def test_behind_twice_the_queue_twice_the_time_is_expected(intake: Intake) -> None:
    await _items(intake, [(START, START + 60 * MINUTE)] * 40, ahead=30)
    await _items(intake, [(START + timedelta(hours=20), None)] * 70)
    (level,) = await _measure(intake, now=START + timedelta(hours=20) + MINUTE)
    assert (level.p80, level.told_seconds) == (3600, 7200)


async def test_the_time_that_a_reporter_took_to_answer_is_not_counted(intake: Intake) -> None:
    await _decided(intake, 40)
    report = await intake.file((await intake.right())["id"], 1)
    account = intake.running.caller("brand").account_id
    task = Task((report, report["items"][0]), account_id=account)
    await hear(intake, triaged(report, account, Severity.P2, START), task.created())
    told = await _instant(intake, report)
    await hear(intake, task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON))
    await intake.execute(
        "UPDATE report_items SET paused_at = paused_at - interval '5 hours' WHERE id = $1", task.items[0].item_id
    )
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/information", json={"explanation": "The left one."})
    assert answer.status_code == 200
    moved = await _instant(intake, report) - told
    assert timedelta(hours=5) <= moved < timedelta(hours=5, minutes=5)
    decided = task.decided().model_copy(update={"decided_at": datetime.now(UTC) + timedelta(hours=6)})
    await hear(intake, decided)
    async with intake.running.database.pool.acquire() as connection:
        item = await connection.fetchrow("SELECT * FROM report_items WHERE id = $1", task.items[0].item_id)
    assert item is not None
    assert item["paused_at"] is None
    assert 5 * 3600 <= item["paused_seconds"] < 5 * 3600 + 300
    assert item["promised_at"] == told + moved
    (level,) = await _measure(intake, sample=1)
    assert 3000 < level.p95 < 4000


async def _instant(intake: Intake, report: dict[str, Any]) -> datetime:
    read = await intake.read(report)
    return datetime.fromisoformat(read["items"][0]["expected_decision_at"])


async def test_two_replicas_that_measure_at_once_learn_from_a_promise_once(intake: Intake) -> None:
    import asyncio

    await _decided(intake, 40)
    await _measure(intake, now=START + timedelta(hours=1))
    report = await intake.file((await intake.right())["id"], *range(30))
    await intake.execute(
        "UPDATE report_items SET expected_decision_at = now() + interval '1 minute' WHERE state = 'received'"
    )
    later = datetime.now(UTC) + timedelta(hours=1)
    await asyncio.gather(*(_measure(intake, now=later) for _ in range(3)))
    (level,) = (await intake.running.anonymous.get("/v1/service-levels")).json()["data"]
    assert level["track"] == {"days": 28, "due": 30, "kept": 0}
    assert len(report["items"]) == 30


async def test_what_can_be_expected_is_the_clock_until_enough_was_measured(intake: Intake) -> None:
    right = await intake.right()
    await _decided(intake, 19)
    report = await intake.file(right["id"], 1)
    assert _waits(report) == timedelta(hours=24)
    (level,) = (await intake.running.anonymous.get("/v1/service-levels")).json()["data"]
    assert level["expected"] is None
    await intake.execute("DELETE FROM report_items")
    await _decided(intake, 20)
    report = await intake.file(right["id"], 2)
    assert abs(_waits(report) - timedelta(minutes=17)) < timedelta(seconds=1)


async def test_the_clocks_are_the_operators_to_set(intake: Intake) -> None:
    estimates = intake.running.service.resources.filing.examiner.estimates
    now = datetime.now(UTC)
    for severity, hours in ((Severity.P0, 2), (Severity.P1, 8), (Severity.P2, 24), (Severity.P3, 120)):
        assert estimates.expected("copyright", severity, since=now) == now + timedelta(hours=hours)


def _waits(report: dict[str, str]) -> timedelta:
    return datetime.fromisoformat(report["expected_decision_at"]) - datetime.fromisoformat(report["created_at"])
