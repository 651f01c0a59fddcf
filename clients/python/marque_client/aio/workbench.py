"""A reviewer's workbench: it claims tasks, keeps their leases, judges, and gives back what is left."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from marque_client.aio.client import AsyncMarque
from marque_client.calls import given
from marque_client.core.api.tasks import claim_tasks, judge_task, release_lease, renew_lease
from marque_client.core.models.claim_out import ClaimOut
from marque_client.core.models.claimed_task_out import ClaimedTaskOut
from marque_client.core.models.clause_out import ClauseOut
from marque_client.core.models.judge_out import JudgeOut
from marque_client.core.models.renew_out import RenewOut
from marque_client.errors import Conflict, LeaseLost, MarqueError, NotFound
from marque_client.periodic import AsyncEvery, AsyncLock


@dataclass
class _Held:
    task: ClaimedTaskOut
    since: float = field(default_factory=time.monotonic)


class AsyncWorkbench:
    """Tasks in the hands of one reviewer. Inside a `with` statement leases are renewed; at its end they are given back.

    A lease that was lost all the same, because a lead broke it or the network was away for longer than it lasts, is in
    `lost`: judging its task raises `LeaseLost`, as another has it now.
    """

    def __init__(
        self, marque: AsyncMarque, *, reviewer: str, queue: str | None = None, lease_seconds: int = 300
    ) -> None:
        """`queue` is the one to claim from, in full: without it any. Leases last for 30 to 3600 seconds."""
        self._marque = marque
        self._reviewer, self._queue, self._lease_seconds = reviewer, queue, lease_seconds
        self._held: dict[str, _Held] = {}
        self._clauses: dict[tuple[str, int, str], ClauseOut] = {}
        self._lock = AsyncLock()
        self._renewals = AsyncEvery(self._renew, lease_seconds / 3)
        self.lost: set[str] = set()
        """Ids of the tasks whose lease was lost."""

    @property
    def held(self) -> list[ClaimedTaskOut]:
        """The tasks that are claimed, and neither judged nor given back."""
        return [held.task for held in self._held.values()]

    async def claim(self, most: int = 1, *, wait_seconds: int = 0) -> list[ClaimedTaskOut]:
        """Return up to `most` tasks, 50 at once; where there is none, wait up to 30 seconds for one."""
        body = given(
            reviewer=self._reviewer,
            queue=self._queue,
            max=most,
            lease_seconds=self._lease_seconds,
            wait_seconds=wait_seconds,
        )
        claimed: ClaimOut = await self._marque.call(claim_tasks, body=body)
        self._clauses |= {(one.policy_id, one.version, one.code): one for one in claimed.clauses}
        async with self._lock:
            self._held |= {task.id: _Held(task) for task in claimed.tasks}
        return claimed.tasks

    def clauses(self, task: ClaimedTaskOut) -> list[ClauseOut]:
        """Return the clauses that a task may be judged under, with the reason codes that each allows."""
        return [self._clauses[one.policy_id, one.version, one.code] for one in task.citations]

    async def judge(
        self,
        task: ClaimedTaskOut,
        outcome: str,
        *,
        code: str | None = None,
        clauses: Sequence[str] = (),
        note: str | None = None,
        public_reason: str | None = None,
        right_type: str | None = None,
        seconds_spent: int | None = None,
    ) -> JudgeOut:
        """Judge a task: `accept`, `reject`, `needs_information`, `wrong_right_type` or `escalate`.

        Without `seconds_spent` it is the time since the claim. Raises `LeaseLost`, and `Invalid` where the answer does
        not hold together; the task then stays claimed.
        """
        async with self._lock:  # no renewal comes between
            held = self._held.get(task.id) or _Held(task)
            spent = int(time.monotonic() - held.since) if seconds_spent is None else seconds_spent
            body = given(
                lease_token=held.task.lease.token,
                outcome=outcome,
                code=code,
                clauses=list(clauses),
                note=note,
                public_reason=public_reason,
                right_type=right_type,
                seconds_spent=spent,
            )
            try:
                judged: JudgeOut = await self._marque.call(judge_task, task_id=task.id, body=body)
            except LeaseLost:
                self._lose(task.id)
                raise
            self._held.pop(task.id, None)
            return judged

    async def release(self, task: ClaimedTaskOut) -> None:
        """Give a task back to its queue. Raises `LeaseLost`."""
        async with self._lock:
            held = self._held.pop(task.id, None) or _Held(task)
            await self._marque.call(release_lease, task_id=task.id, body={"lease_token": held.task.lease.token})

    async def _renew(self) -> None:
        for task_id in list(self._held):
            async with self._lock:
                held = self._held.get(task_id)
                if held is None:
                    continue
                body: dict[str, Any] = {
                    "lease_token": held.task.lease.token,
                    "lease_seconds": self._lease_seconds,
                }
                try:
                    renewed: RenewOut = await self._marque.call(renew_lease, task_id=task_id, body=body)
                except (Conflict, NotFound):
                    self._lose(task_id)
                except MarqueError:  # away for the moment: the lease lasts for two more tries
                    return
                else:
                    held.task.lease = renewed.lease

    def _lose(self, task_id: str) -> None:
        self._held.pop(task_id, None)
        self.lost.add(task_id)

    async def __aenter__(self) -> Self:
        await self._renewals.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._renewals.stop()
        for task in self.held:
            with contextlib.suppress(MarqueError):  # what cannot be given back now goes back when its lease ends
                await self.release(task)
