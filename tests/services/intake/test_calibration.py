"""Promises on a replayed load: of the items that were told "four of five by then", four of five are decided by then."""

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import pi, sin
from random import Random

import pytest

from services.intake.service_levels.estimates import Estimates, measure, service_levels
from shared.contracts.codes import RightType, Severity
from tests.conftest import StartService
from tests.services.intake.conftest import Intake

START = datetime.now(UTC) + timedelta(days=1)
"""In the future, so that the service's own measuring, which knows of no replay, has nothing to look at."""

HOURS = 24 * 12
WARM_UP = 24 * 4
_COME = """
INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, media_type,
                          part, evidence_ids, state, severity, created_at, expected_decision_at, ahead)
SELECT 'itm_' || n, 'rep', 'acc', 'rgt', 'trademark', 'shop.example', n, '', 'listing', 'whole', '[]', 'queued', 'p2',
       at, expected, $4
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS i(n, at, expected)
"""
_GO = """
UPDATE report_items SET state = 'accepted', decided_at = d.at, promised_at = expected_decision_at,
                        expected_decision_at = NULL
FROM unnest($1::text[], $2::timestamptz[]) AS d(n, at) WHERE id = 'itm_' || d.n
"""


@dataclass
class Load:
    """How many items come in an hour of the replay, and how many its reviewers decide."""

    arrivals: float
    swing: float
    growth: float
    capacity: float

    def coming(self, hour: int) -> float:
        daily = 1 + self.swing * sin(2 * pi * hour / 24)
        return self.arrivals * daily * (1 + self.growth * hour / HOURS)


LOADS = {
    "an even load": Load(arrivals=12, swing=0, growth=0, capacity=13),
    "days and nights": Load(arrivals=12, swing=0.8, growth=0, capacity=13.5),
    "a load that grows beyond the reviewers": Load(arrivals=9, swing=0.3, growth=0.6, capacity=13),
}


@dataclass
class Replay:
    """A queue with reviewers: some of its items are pressing and pass by the others, and none takes just as long."""

    load: Load
    random: Random
    queue: list[tuple[float, int]] = field(default_factory=list)
    promised: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    decided: dict[int, datetime] = field(default_factory=dict)

    def come(self, hour: int) -> list[tuple[int, datetime]]:
        """The items of one hour, each with its moment."""
        many = int(self.load.coming(hour)) + (self.random.random() < self.load.coming(hour) % 1)
        first = len(self.promised)
        return [(first + n, START + timedelta(hours=hour + self.random.random())) for n in range(many)]

    def decide(self, hour: int) -> list[tuple[int, datetime]]:
        """What the reviewers decide in one hour."""
        many = min(int(self.load.capacity + self.random.uniform(-3, 4)), len(self.queue))
        moments = sorted(START + timedelta(hours=hour + 1 + self.random.random()) for _ in range(many))
        done = [(heapq.heappop(self.queue)[1], moment) for moment in moments]
        self.decided.update(done)
        return done

    def kept(self) -> float:
        """The share of the promises that came due after the first days, and were kept."""
        end = START + timedelta(hours=HOURS)
        due = [
            (promise, self.decided.get(item))
            for item, (hour, promise) in self.promised.items()
            if hour >= WARM_UP and promise <= end
        ]
        return sum(at is not None and at <= promise for promise, at in due) / len(due)


@pytest.mark.parametrize("name", LOADS)
async def test_four_of_five_are_decided_by_the_time_that_they_were_told(start_service: StartService, name: str) -> None:
    intake = Intake(await start_service("intake", levels_seconds="86400"))
    replay, estimates = Replay(LOADS[name], Random(name)), intake.running.service.resources.filing.examiner.estimates
    for hour in range(HOURS):
        await _tell(intake, replay, estimates, hour)
        gone = replay.decide(hour)
        await intake.execute(_GO, [str(item) for item, _ in gone], [at for _, at in gone])
        async with intake.running.database.transaction() as session:
            await measure(session, sample=400, least=20, now=START + timedelta(hours=hour + 2))
            estimates.learn(await service_levels(session))
    assert 0.75 <= replay.kept() <= 0.85, replay.kept()


async def _tell(intake: Intake, replay: Replay, estimates: Estimates, hour: int) -> None:
    """Items come, and each is told when a decision can be expected."""
    came = replay.come(hour)
    told = [estimates.expected(RightType.TRADEMARK, Severity.P2, since=at) for _, at in came]
    ahead = estimates.waiting(RightType.TRADEMARK, Severity.P2)
    await intake.execute(_COME, [str(item) for item, _ in came], [at for _, at in came], told, ahead)
    for (item, at), promise in zip(came, told, strict=True):
        replay.promised[item] = (hour, promise)
        hours_late = replay.random.expovariate(1 / 6) if replay.random.random() < 0.7 else -24
        heapq.heappush(replay.queue, ((at - START).total_seconds() / 3600 + hours_late, item))
