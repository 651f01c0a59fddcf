"""The gauges of waiting and of held work say what is there, also once there is less of it."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY

from services.review.tasks.measures import measure_work
from tests.conftest import StartService
from tests.services.review.making import a_report, claim, submit

QUEUE = {"queue": "trademark.en.p2"}


def _value(name: str, labels: dict[str, str] | None = None) -> float | None:
    return REGISTRY.get_sample_value(name, labels or {})


async def test_queues_and_leases_are_measured(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"))
    await claim(review.as_("vendor"), max=1, lease_seconds=600)
    now = datetime.now(UTC)
    async with review.database.transaction() as session:
        await measure_work(session, now=now + timedelta(seconds=60))
    assert (_value("marque_queue_tasks", QUEUE), _value("marque_leases_open")) == (2, 1)
    assert _value("marque_queue_tasks_due_soon", QUEUE) == 0
    assert 60 <= (_value("marque_queue_oldest_seconds", QUEUE) or 0) < 120
    async with review.database.transaction() as session:
        await measure_work(session, now=now + timedelta(days=2))
    assert (_value("marque_queue_tasks_due_soon", QUEUE), _value("marque_leases_open")) == (2, 0)
    await claim(review.as_("vendor"), max=3)
    async with review.database.transaction() as session:
        await measure_work(session, now=datetime.now(UTC))
    assert (_value("marque_queue_tasks", QUEUE), _value("marque_leases_open")) == (None, 3)
