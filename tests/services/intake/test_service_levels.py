from datetime import UTC, datetime, timedelta

from services.intake.domain.service_levels import measure, service_levels
from shared.contracts.codes import Severity
from tests.services.intake.conftest import Intake


async def _decided(intake: Intake, count: int) -> None:
    """Items that were decided after 1, 2, 3, ... minutes."""
    await intake.execute(
        "INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, "
        "media_type, part, evidence_ids, state, severity, created_at, decided_at) "
        "SELECT 'itm_' || n, 'rep_' || n, 'acc', 'rgt', 'trademark', "
        "'shop.example', n::text, '', 'listing', 'whole', '[]', 'accepted', 'p2', "
        "$2::timestamptz, $2::timestamptz + n * interval '1 minute' FROM generate_series(1, $1::int) n",
        count,
        datetime.now(UTC) - timedelta(days=1),
    )
    async with intake.running.database.transaction() as session:
        await measure(session, sample=1000, now=datetime.now(UTC))
        intake.running.service.extra["desk"].promises.learn(await service_levels(session))


async def test_anyone_may_see_how_long_decisions_take(intake: Intake) -> None:
    assert (await intake.running.anonymous.get("/v1/service-levels")).json() == {"data": []}
    await _decided(intake, 100)
    (level,) = (await intake.running.anonymous.get("/v1/service-levels")).json()["data"]
    assert (level["right_type"], level["severity"], level["decided"]) == ("trademark", "p2", 100)
    assert abs(level["p50"] - 50.5 * 60) < 1
    assert abs(level["p80"] - 80.2 * 60) < 1
    assert abs(level["p95"] - 95.05 * 60) < 1


async def test_only_the_latest_decisions_count(intake: Intake) -> None:
    await _decided(intake, 100)
    async with intake.running.database.transaction() as session:
        await measure(session, sample=20, now=datetime.now(UTC))
    (level,) = (await intake.running.anonymous.get("/v1/service-levels")).json()["data"]
    assert level["decided"] == 20
    assert level["p50"] > 90 * 60


async def test_what_can_be_expected_is_the_clock_until_enough_was_measured(intake: Intake) -> None:
    right = await intake.right()
    await _decided(intake, 19)
    report = await intake.file(right["id"], 1)
    assert _waits(report) == timedelta(hours=24)
    await intake.execute("DELETE FROM report_items WHERE decided_at IS NOT NULL")
    await _decided(intake, 20)
    report = await intake.file(right["id"], 2)
    assert abs(_waits(report) - timedelta(minutes=16.2)) < timedelta(seconds=1)


async def test_the_clocks_are_the_operators_to_set(intake: Intake) -> None:
    promises = intake.running.service.extra["desk"].promises
    now = datetime.now(UTC)
    for severity, hours in ((Severity.P0, 2), (Severity.P1, 8), (Severity.P2, 24), (Severity.P3, 120)):
        assert promises.expected("copyright", severity, since=now) == now + timedelta(hours=hours)


def _waits(report: dict[str, str]) -> timedelta:
    return datetime.fromisoformat(report["expected_decision_at"]) - datetime.fromisoformat(report["created_at"])
