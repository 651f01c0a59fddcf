"""The lease as a property: whatever many reviewers do, and however time goes on, a task is one reviewer's at most."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.review.decisions.answers import Answer
from services.review.decisions.judgement_store import Judgement
from services.review.decisions.judgements import Busy, JudgeRequest, judge_tasks
from services.review.policies.built_in import load_pack
from services.review.policies.clauses import ClauseCache
from services.review.settings import Settings
from services.review.tasks.claims import ClaimCursors, ClaimRequest, claim_tasks
from services.review.tasks.leases import LeaseLost, free_expired, release_lease, renew_lease
from services.review.tasks.tasks import Defaults, open_tasks
from shared.contracts.codes import Outcome, ReasonCode
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.clock import HeldClock
from shared.runtime.database import Database
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.services.review.making import a_report

START = datetime(2030, 1, 1, tzinfo=UTC)
ACTORS = 4
LISTINGS = ("1", "2", "3")

steps = st.one_of(
    st.tuples(st.just("claim"), st.integers(0, ACTORS - 1), st.integers(1, 3), st.sampled_from([30, 60, 600])),
    st.tuples(st.just("renew"), st.integers(0, ACTORS - 1), st.integers(0, 9), st.sampled_from([30, 600])),
    st.tuples(st.just("release"), st.integers(0, ACTORS - 1), st.integers(0, 9)),
    st.tuples(st.just("judge"), st.integers(0, ACTORS - 1), st.integers(0, 9), st.sampled_from(list(Outcome)[:2])),
    st.tuples(st.just("wait"), st.sampled_from([1, 29, 30, 31, 59, 61, 601])),
    st.tuples(st.just("sweep")),
)


@dataclass(frozen=True)
class Held:
    """A lease as its holder remembers it, whether or not it is still live."""

    actor: int
    task_id: TaskId
    fence: int


@dataclass
class World:
    """What must be true, kept beside what the service does."""

    database: Database
    clock: HeldClock
    accounts: list[AccountId]
    cursors: ClaimCursors
    clause_cache: ClauseCache = field(default_factory=ClauseCache)
    remembered: list[Held] = field(default_factory=list)
    live: dict[TaskId, tuple[Held, datetime]] = field(default_factory=dict)
    decided: set[TaskId] = field(default_factory=set)
    fences: dict[TaskId, int] = field(default_factory=dict)

    def is_live(self, held: Held) -> bool:
        found = self.live.get(held.task_id)
        return found is not None and found[0] == held and found[1] > self.clock.now()

    def chosen(self, actor: int, which: int) -> Held | None:
        """One of the leases that an actor remembers, old ones too."""
        mine = [held for held in self.remembered if held.actor == actor]
        return mine[which % len(mine)] if mine else None

    async def claim(self, actor: int, most: int, seconds: int) -> None:
        now = self.clock.now()
        request = ClaimRequest(self.accounts[actor], f"r-{actor}", most, seconds, None, None)
        async with self.database.direct() as connection:
            (tasks,) = await claim_tasks(
                connection, [request], cursors=self.cursors, clause_cache=self.clause_cache, now=now
            )
        for task in tasks:
            before = self.live.get(task.task_id)
            assert before is None or before[1] <= now, "two live leases on one task"
            assert task.task_id not in self.decided, "a decided task was handed out"
            assert task.fence > self.fences.get(task.task_id, 0), "a fence that does not grow"
            self.fences[task.task_id] = task.fence
            held = Held(actor, task.task_id, task.fence)
            self.remembered.append(held)
            self.live[task.task_id] = (held, task.expires_at)
        free = set(self.fences) - self.decided - {id_ for id_, (_, until) in self.live.items() if until > now}
        assert not (free and len(tasks) == 0), "work was there and none was handed out"

    async def renew(self, actor: int, which: int, seconds: int) -> None:
        held = self.chosen(actor, which)
        if held is None:
            return
        expected = self.is_live(held)
        try:
            async with self.database.direct() as connection:
                until = await renew_lease(
                    connection, held.task_id, held.fence, self.accounts[actor], lease_seconds=seconds,
                    now=self.clock.now(),
                )  # fmt: skip
        except LeaseLost:
            assert not expected, "a live lease was refused"
        else:
            assert expected, "a lost lease was renewed"
            self.live[held.task_id] = (held, until)

    async def release(self, actor: int, which: int) -> None:
        held = self.chosen(actor, which)
        if held is None:
            return
        expected = self.is_live(held)
        try:
            async with self.database.direct() as connection:
                await release_lease(connection, held.task_id, held.fence, self.accounts[actor], now=self.clock.now())
        except LeaseLost:
            assert not expected, "a live lease was refused"
        else:
            assert expected, "a lost lease was given back"
            del self.live[held.task_id]

    async def judge(self, actor: int, which: int, outcome: Outcome) -> None:
        held = self.chosen(actor, which)
        if held is None:
            return
        expected = self.is_live(held)
        accept = outcome is Outcome.ACCEPT
        answer = Answer(
            outcome,
            ReasonCode.A_COUNTERFEIT if accept else ReasonCode.R_NOMINATIVE_USE,
            ("TM-1.1",) if accept else ("TM-3.1",),
            None,
            1,
        )
        request = JudgeRequest(held.task_id, self.accounts[actor], held.fence, answer, None)
        made = await self._judged(request)
        if isinstance(made, Judgement):
            assert expected, "a judgement was taken under a lost lease"
            del self.live[held.task_id]
            self.decided.add(held.task_id)
        else:
            assert not expected, "a live lease was refused"
            assert isinstance(made, LeaseLost)

    async def _judged(self, request: JudgeRequest) -> Judgement | MarqueError:
        async with self.database.direct() as connection:
            (group,) = await judge_tasks(connection, [[request]], clause_cache=self.clause_cache, now=self.clock.now())
        assert not isinstance(group, Busy)
        (made,) = group
        return made

    async def wait(self, seconds: int) -> None:
        self.clock.move(timedelta(seconds=seconds))

    async def sweep(self) -> None:
        async with self.database.direct() as connection:
            await free_expired(connection, now=self.clock.now())

    async def agrees(self) -> None:
        """The database says what the model says: each open task waits or is held, and never both."""
        async with self.database.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT t.id, t.state, w.task_id AS waits, h.fence FROM tasks t "
                "LEFT JOIN waiting w ON w.task_id = t.id LEFT JOIN holds h ON h.task_id = t.id"
            )
            judged = await connection.fetch("SELECT task_id FROM judgements")
        assert sorted(row["task_id"] for row in judged) == sorted(self.decided)
        for row in rows:
            is_open = row["state"] == "pending"
            assert is_open == (row["id"] not in self.decided)
            assert (row["waits"] is not None) + (row["fence"] is not None) == (1 if is_open else 0)
            held = self.live.get(row["id"])
            if held is not None and held[1] > self.clock.now():
                assert row["fence"] == held[0].fence


async def _fresh_world(database: Database) -> World:
    clock = HeldClock(START)
    async with database.direct() as connection:
        for table in ("waiting", "holds", "leases", "judgements", "decisions", "decision_readers", "enforcements",
                      "task_items", "tasks", "outbox"):  # fmt: skip
            await connection.execute(f"DELETE FROM {table}")
        await load_pack(connection, clock=lambda: START)
        service: Any = Settings()
        defaults = Defaults(service.default_severity, service.default_decide_seconds)
        await open_tasks(connection, [a_report(*LISTINGS, submitted_at=START)], defaults=defaults, now=START)
        ids = [TaskId(row["id"]) for row in await connection.fetch("SELECT id FROM tasks")]
    ticks = iter(range(1_000_000))
    world = World(
        database, clock, [new_id(AccountId) for _ in range(ACTORS)], ClaimCursors(elapsed=lambda: next(ticks) * 0.01)
    )
    world.fences = dict.fromkeys(ids, 0)
    return world


async def test_never_two_live_leases_and_no_judgement_under_a_lost_one(start_service: StartService) -> None:
    # The service's own clock is far behind the held one, so that its ticker sweeps nothing of what happens here.
    review = await start_service("review")
    database = review.database
    loop = asyncio.get_running_loop()

    async def live_through(history: list[tuple[Any, ...]]) -> None:
        world = await _fresh_world(database)
        for name, *arguments in history:
            await getattr(world, name)(*arguments)
            await world.agrees()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(history=st.lists(steps, min_size=1, max_size=25))
    def every(history: list[tuple[Any, ...]]) -> None:
        asyncio.run_coroutine_threadsafe(live_through(history), loop).result()

    await asyncio.to_thread(every)


async def test_an_account_that_never_held_a_task_does_not_learn_that_it_exists(start_service: StartService) -> None:
    review = await start_service("review")
    world = await _fresh_world(review.database)
    await world.claim(0, 1, 600)
    (held,) = world.remembered
    answer = Answer(Outcome.ACCEPT, ReasonCode.A_COUNTERFEIT, ("TM-1.1",), None, 1)

    made = await world._judged(JudgeRequest(held.task_id, world.accounts[1], held.fence, answer, None))

    assert isinstance(made, NotFound)
