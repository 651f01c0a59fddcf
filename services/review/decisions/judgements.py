"""Judging: a reviewer's answer, taken only under a live lease, kept for ever, and what it does to the task.

The answers of all callers of this process that are there at the same moment are written in one transaction (see
`coalescing`). First the tasks are locked, so that nobody joins or withdraws an item meanwhile; then the holds are taken
away, which fails for every lease that has been lost; only then is anything written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.decisions import statements
from services.review.decisions.answers import Answer, Grounds, cite
from services.review.decisions.decisions import Judged, make_decision, tell_decision
from services.review.decisions.events import Journal
from services.review.decisions.judgement_store import Judgement, answer_fields, keep
from services.review.decisions.statements import TakenHold, TaskToJudge
from services.review.policies.clauses import ClauseCache
from services.review.tasks import queues
from services.review.tasks.leases import LeaseLost, loss_of, may_work_on
from services.review.tasks.states import ANSWERS, after, begins_round
from shared.contracts.codes import Outcome, RightType, TaskState
from shared.contracts.events import TaskJudged, TaskRerouted
from shared.contracts.ids import AccountId, JudgementId, TaskId
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.statements import Executor


@dataclass(frozen=True)
class JudgeRequest:
    """One reviewer's answer as it came in. `fence` is None where the token is not one of this task."""

    task_id: TaskId
    account_id: AccountId
    fence: int | None
    answer: Answer
    trace: str | None
    marketplaces: frozenset[str] | None = None


Answered = Judgement | MarqueError
"""The outcome of one answer: the judgement, or why it was refused."""


async def judge_tasks(
    connection: Executor, groups: Sequence[Sequence[JudgeRequest]], *, clause_cache: ClauseCache, now: datetime
) -> "list[list[Answered] | Busy]":
    """Take the answers of a batch. Each group is what one caller sent at once, answer by answer.

    With more than one group, tasks that someone else has locked are passed over, and a group that has such a task is
    put off whole as `Busy`: waiting for them while holding others is how deadlocks come about. Its caller asks again
    alone.
    """
    await Lock.POLICIES.share(connection)
    tasks = await _lock(connection, groups, now)
    passed_over = await _passed_over(connection, groups, tasks, now) if len(groups) > 1 else set()
    busy = {n for n, group in enumerate(groups) if any(one.task_id in passed_over for one in group)}
    requests = [request for n, group in enumerate(groups) if n not in busy for request in group]
    answers: dict[int, Answered] = {}
    cited: dict[int, Grounds] = {}
    for i, request in enumerate(requests):
        task = tasks.get(request.task_id)
        if task is not None and not may_work_on(request.marketplaces, task.marketplace):
            answers[i] = NotFound()
            continue
        if task is None or not _holds(task, request, now):
            answers[i] = await loss_of(connection, request.account_id, request.task_id, request.fence)
            continue
        published = await clause_cache.in_force(connection, task.right_type, task.policy_id, task.policy_version)
        try:
            cited[i] = cite(request.answer, RightType(task.right_type), published)
        except MarqueError as refusal:
            answers[i] = refusal
    answers |= await _judge_cited(connection, requests, tasks, cited, now)
    in_order = iter([answers[i] for i in range(len(requests))])
    return [Busy() if n in busy else [next(in_order) for _ in group] for n, group in enumerate(groups)]


async def _judge_cited(
    connection: Executor,
    requests: Sequence[JudgeRequest],
    tasks: Mapping[str, TaskToJudge],
    cited: Mapping[int, Grounds],
    now: datetime,
) -> dict[int, Answered]:
    """Take the leases of what may be judged, and store the judgements of those that were live to the last."""
    answers: dict[int, Answered] = {}
    taken = await _take_holds(connection, [requests[i] for i in cited], now)
    standing: list[Judgement] = []
    journal = Journal(now)
    for i, grounds in cited.items():
        request = requests[i]
        hold = taken.pop(request.task_id, None)
        if hold is None:
            answers[i] = LeaseLost()
            continue
        items = orjson.loads(hold.things or "[]")
        made = _judge(request, tasks[request.task_id], items, hold.captures, grounds, now)
        _tell(journal, made, items, request.trace)
        answers[i] = made
        standing.append(made)
    if standing:
        await keep(connection, standing, journal)
        back = [made.task.id for made in standing if made.state is TaskState.PENDING]
        await queues.place(connection, back, fresh=True)
    return answers


class Busy(MarqueError):
    """Someone else has the task locked for this moment. Never answered to a caller."""

    status = 503
    code = "task_busy"
    title = "The task is busy"


async def _lock(
    connection: Executor, groups: Sequence[Sequence[JudgeRequest]], now: datetime
) -> dict[str, TaskToJudge]:
    lock = statements.LOCK_FREE_TO_JUDGE if len(groups) > 1 else statements.LOCK_TO_JUDGE
    rows = await lock.all(connection, ids=[request.task_id for group in groups for request in group], now=now)
    return {row.id: row for row in rows}


async def _passed_over(
    connection: Executor, groups: Sequence[Sequence[JudgeRequest]], tasks: Mapping[str, TaskToJudge], now: datetime
) -> set[str]:
    """Return the tasks that somebody holds and that were not locked. What nobody holds cannot be judged anyway."""
    missing = [request.task_id for group in groups for request in group if request.task_id not in tasks]
    return set(await statements.HELD_NOW.all(connection, ids=missing, now=now)) if missing else set()


def _holds(task: TaskToJudge, request: JudgeRequest, now: datetime) -> bool:
    return task.fence == request.fence and task.account_id == request.account_id and task.expires_at > now


async def _take_holds(connection: Executor, requests: Sequence[JudgeRequest], now: datetime) -> dict[str, TakenHold]:
    """The tasks whose lease was live to the last. From here on they are this batch's."""
    if not requests:
        return {}
    rows = await statements.TAKE_HOLDS.all(
        connection,
        task_ids=[request.task_id for request in requests],
        fences=[request.fence for request in requests],
        now=now,
    )
    return {row.id: row for row in rows}


def _judge(
    request: JudgeRequest,
    task: TaskToJudge,
    items: Sequence[Mapping[str, Any]],
    captures: str | None,
    grounds: Grounds,
    now: datetime,
) -> Judgement:
    answer = request.answer
    step = ANSWERS[answer.outcome]
    state = after(TaskState.LEASED, step)
    if state is None:
        raise ValueError(f"a leased task cannot {step}")
    judged = Judged(new_id(JudgementId), request.account_id, answer.outcome, answer.code, grounds)
    return Judgement(
        id=judged.id,
        account_id=request.account_id,
        answer=answer,
        task=task,
        grounds=grounds,
        state=state,
        round=task.round + begins_round(TaskState.LEASED, step),
        # One for the judgement and, where there is one, another for the way to the other queue.
        version=task.version + (4 if answer.outcome is Outcome.WRONG_RIGHT_TYPE else 2),
        decision=make_decision(task, items, captures, [judged], now),
        judged_at=now,
    )


def _tell(journal: Journal, made: Judgement, items: Sequence[Mapping[str, Any]], trace: str | None) -> None:
    answer, task = made.answer, made.task
    data: dict[str, Any] = {
        "version": task.version + 2,
        "task_id": task.id,
        "round": task.round,
        "items": items,
        "judgement_id": made.id,
        "account_id": made.account_id,
        **answer_fields(made),
        "severity": task.severity,
        "right_type": task.right_type,
        "judged_at": made.judged_at,
    }
    journal.tell(TaskJudged, task.id, made.account_id, data, trace=trace)
    if answer.outcome is Outcome.WRONG_RIGHT_TYPE:
        data = {
            "version": made.version,
            "task_id": task.id,
            "round": made.round,
            "items": items,
            "from_right_type": task.right_type,
            "right_type": made.right_type,
            "queue": queues.queue_name(made.right_type, task.language, task.severity),
        }
        journal.tell(TaskRerouted, task.id, None, data, trace=trace)
    if made.decision is not None:
        tell_decision(journal, made.decision, trace=trace)


def judgement_out(made: Judgement) -> Mapping[str, Any]:
    """A new judgement as the API answers it."""
    return {
        "id": made.id,
        "task_id": made.task.id,
        "round": made.task.round,
        **answer_fields(made),
        "right_type": made.task.right_type,
        "judged_at": made.judged_at,
    }
