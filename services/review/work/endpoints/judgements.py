"""Judging over HTTP: one task, or up to fifty at once, each answered for itself."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import ConfigDict, Field

from services.review.decisions.answers import Answer, AnswerRefused, ClauseNotInForce, CodeNotAllowed
from services.review.decisions.judgements import Answered, JudgeRequest, judgement_out
from services.review.resources import CurrentService
from services.review.schemas import DecisionOut, JudgementOut
from services.review.tasks.callers import Worker
from services.review.tasks.leases import LeaseLost
from services.review.work.endpoints.coalescer import KeyedJudgements, WorkCoalescer, json_response
from services.review.work.endpoints.schemas import Token
from shared.contracts.codes import Outcome, ReasonCode, RightType
from shared.contracts.ids import TaskId
from shared.runtime.bulk import BY_ITSELF, ResultProblemOut, Unsound, named, not_sound, refused
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.idempotency import KeyInUse, key_of
from shared.runtime.identity import Caller
from shared.runtime.inputs import Input, Line, Output, Prose, Whole
from shared.runtime.problems import responses
from shared.runtime.routes import router
from shared.runtime.telemetry import current_traceparent

hot_routes = router(tags=["tasks"], transactional=False)

MOST = 50
"""Judgements of one request: as many as tasks of one claim."""

_EXAMPLE: dict[str, Any] = {
    "lease_token": "AAAAAAAAACo9c3Zt",
    "outcome": "accept",
    "code": "A_COUNTERFEIT",
    "clauses": ["TM-1.1"],
    "note": "The mark is on the goods; the brand confirms that it never made this model.",
    "seconds_spent": 42,
}


class JudgeIn(Input):
    """A reviewer's answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    lease_token: Token
    outcome: Outcome
    code: ReasonCode | None = Field(None, description="Of the kind that the outcome takes; see the reason codes")
    clauses: Annotated[list[Annotated[Line, Field(min_length=1, max_length=40)]], Field(max_length=50)] = Field(
        [], description="Codes of the clauses cited; at least one to accept or reject"
    )
    note: Annotated[Prose, Field(max_length=5000)] | None = Field(
        None, description="For colleagues; with `needs_information` the question, which goes to the reporter"
    )
    public_reason: Annotated[Prose, Field(max_length=2000)] | None = Field(
        None,
        description="The reason that reporters are given. Without it a rejection takes the text that its clause has "
        "for them, and is refused where there is none",
    )
    seconds_spent: Annotated[Whole, Field(ge=0, le=86_400)]
    right_type: RightType | None = Field(None, description="With wrong_right_type: the one that the claim fits")


class JudgeOut(Output):
    """The judgement, and the decision; null while it is still to come."""

    judgement: JudgementOut
    decision: DecisionOut | None


class JudgementIn(JudgeIn):
    """A reviewer's answer to one of several tasks."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    task_id: TaskId


class JudgementsIn(Input):
    """Answers to several tasks. One that is wrong refuses none of the others."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"judgements": [{"task_id": "tsk_01h455vb4pex5vsknk084sn02q", **_EXAMPLE}]}]}
    )

    judgements: Annotated[list[Annotated[JudgementIn, BY_ITSELF]], Field(min_length=1, max_length=MOST)]


class JudgementStatus(StrEnum):
    """The outcome of one of several answers."""

    JUDGED = "judged"
    REFUSED = "refused"


class JudgementResultOut(Output):
    """The outcome of one answer."""

    task_id: Annotated[str, Field(max_length=200)] | None = Field(description="As given; null where there is none")
    status: JudgementStatus = Field(description="`refused`: see `problem`; the lease is as it was")
    judgement: JudgementOut | None = None
    problem: ResultProblemOut | None = None


class JudgementResultsOut(Output):
    """The outcome of each answer, in the order in which they were given."""

    results: Annotated[list[JudgementResultOut], Field(max_length=MOST)]


@hot_routes.post(
    "/v1/tasks/{task_id}/judge",
    operation_id="judge_task",
    response_model=JudgeOut,
    responses=responses(NotFound, LeaseLost, AnswerRefused, ClauseNotInForce, CodeNotAllowed, KeyInUse),
)
async def judge_task(
    request: Request, task_id: TaskId, body: JudgeIn, caller: Worker, service: CurrentService
) -> Response:
    """Answer a task under a lease.

    `accept` and `reject` cite clauses in force for the task's right type and a code that one of them allows;
    `needs_information` asks the reporter, with an `N_` code; `wrong_right_type` sends the task to the queue of another
    right type; `escalate` asks the escalation desk, and says in its note what. A clause may demand a note or a reason.
    """
    coalescer = service.resources.coalescer
    key = await key_of(request, caller.client_id)
    asked = KeyedJudgements([_judge_request(coalescer, task_id, body, caller)], key, _one_response)
    return await coalescer.judge(asked)


@hot_routes.post(
    "/v1/judgements", operation_id="judge_tasks", response_model=JudgementResultsOut, responses=responses(KeyInUse)
)
async def judge_tasks(request: Request, body: JudgementsIn, caller: Worker, service: CurrentService) -> Response:
    """Answer up to 50 tasks, each under its own lease and for itself.

    The answer is 200, and says of each in the same order what became of it: a lost lease or a wrong clause refuses that
    answer alone. Decisions follow as with single answers, and are read at `/v1/decisions`.
    """
    coalescer = service.resources.coalescer
    given: list[JudgementIn | Unsound] = [*body.judgements]
    sound = [one for one in given if isinstance(one, JudgementIn)]
    asked = KeyedJudgements(
        [_judge_request(coalescer, one.task_id, one, caller) for one in sound],
        await key_of(request, caller.client_id),
        partial(results_response, given),
    )
    return await coalescer.judge(asked)


def _judge_request(coalescer: WorkCoalescer, task_id: TaskId, body: JudgeIn, caller: Caller) -> JudgeRequest:
    answer = Answer(
        body.outcome,
        body.code,
        tuple(body.clauses),
        body.note,
        body.seconds_spent,
        body.right_type,
        body.public_reason,
    )
    fence = coalescer.fence_of(task_id, body.lease_token)
    return JudgeRequest(task_id, caller.account_id, fence, answer, current_traceparent(), caller.marketplaces)


def _one_response(answered: Sequence[Answered]) -> Response | MarqueError:
    (made,) = answered
    if isinstance(made, MarqueError):
        return made
    decision = None if made.decision is None else made.decision.as_out
    return json_response({"judgement": judgement_out(made), "decision": decision})


def results_response(given: Sequence[JudgementIn | Unsound], answered: Sequence[Answered]) -> Response:
    """Answer what became of each of several answers, the unsound ones among them."""
    return json_response({"results": list(_results(given, answered))})


def _results(given: Sequence[JudgementIn | Unsound], answered: Sequence[Answered]) -> Iterator[dict[str, Any]]:
    in_order = iter(answered)
    for one in given:
        if isinstance(one, Unsound):
            yield _refusal(named(one, "task_id"), not_sound(one))
            continue
        made = next(in_order)
        if isinstance(made, MarqueError):
            yield _refusal(one.task_id, refused(made))
        else:
            judged = {"task_id": one.task_id, "status": JudgementStatus.JUDGED}
            yield {**judged, "judgement": judgement_out(made), "problem": None}


def _refusal(task_id: str | None, problem: ResultProblemOut) -> dict[str, Any]:
    status = JudgementStatus.REFUSED
    return {"task_id": task_id, "status": status, "judgement": None, "problem": problem.model_dump(mode="json")}
