"""What happens to a task."""

from datetime import datetime

from ..codes import Outcome, ReasonCode, RightType, Severity
from ..event import Event
from ..ids import AccountId, JudgementId, RightId, TaskId
from ..things import ClauseCitation, Listing, TaskItem


class _OfTask(Event):
    task_id: TaskId
    round: int
    items: list[TaskItem]

    @property
    def subject_id(self) -> str:
        return self.task_id


class TaskCreated(_OfTask, name="marque.task.created.v1"):
    """A listing waits to be judged under a right."""

    queue: str
    right_id: RightId
    right_type: RightType
    severity: Severity
    listing: Listing
    due_at: datetime
    created_at: datetime


class TaskJoined(_OfTask, name="marque.task.joined.v1"):
    """More report items named the same listing and right, and hang on the open task; `items` are the new ones."""


class TaskClaimed(_OfTask, name="marque.task.claimed.v1"):
    """A reviewer took the task up, for the first time in this round."""

    account_id: AccountId
    reviewer: str
    claimed_at: datetime

    @property
    def owner(self) -> AccountId:
        return self.account_id


class TaskRerouted(_OfTask, name="marque.task.rerouted.v1"):
    """The claim fits another right type; the task waits in that queue, and nothing goes back to the reporter."""

    from_right_type: RightType
    right_type: RightType
    queue: str


class TaskJudged(_OfTask, name="marque.task.judged.v1"):
    """A reviewer answered."""

    judgement_id: JudgementId
    account_id: AccountId
    reviewer: str
    outcome: Outcome
    code: ReasonCode | None = None
    clauses: list[ClauseCitation] = []
    note: str | None = None
    seconds_spent: int
    severity: Severity
    right_type: RightType
    judged_at: datetime

    @property
    def owner(self) -> AccountId:
        return self.account_id
