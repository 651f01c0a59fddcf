"""The gauges of clocks and of the desk, and the time that decisions took."""

from prometheus_client import REGISTRY

from services.escalation.triage.measures import measure_work
from tests.services.escalation.conftest import HOUR, Desk


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def _measured(desk: Desk) -> tuple[float, float, float]:
    async with desk.running.database.transaction() as session:
        await measure_work(session, now=desk.clock.now())
    return _value("marque_clocks_due_soon"), _value("marque_clocks_late"), _value("marque_escalations", state="open")


async def test_clocks_near_their_end_and_beyond_it_are_counted_until_the_items_have_ended(desk: Desk) -> None:
    filed = desk.file(items=2)
    await desk.hear(filed.submitted())
    async with desk.running.database.pool.acquire() as connection:
        due = await connection.fetchval("SELECT min(decide_due_at) FROM item_clocks")
        severity = await connection.fetchval("SELECT severity FROM item_clocks LIMIT 1")
    assert await _measured(desk) == (0, 0, 0)
    desk.clock.move(due - desk.clock.now() - HOUR / 2)
    assert (await _measured(desk))[:2] == (2, 0)
    await desk.pass_(HOUR)
    soon, late, waiting = await _measured(desk)
    assert (soon, late) == (0, 2)
    assert waiting >= 1
    counted = _value("marque_decision_seconds_count", severity=severity)
    total = _value("marque_decision_seconds_sum", severity=severity)
    at = desk.clock.now()
    for _ in range(2):  # what is told twice has ended once
        await desk.hear(filed.decided(at))
    assert (await _measured(desk))[:2] == (0, 0)
    assert _value("marque_decision_seconds_count", severity=severity) == counted + 2
    took = (_value("marque_decision_seconds_sum", severity=severity) - total) / 2
    assert took == (at - filed.at).total_seconds()
