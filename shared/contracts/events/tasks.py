"""Events of tasks."""

from datetime import datetime

from pydantic import Field

from ..codes import Outcome, ReasonCode, RightType, Severity
from ..event import Event
from ..ids import AccountId, ItemId, JudgementId, ReportId, RightId, TaskId
from ..things import ClauseCitation, Listing, RightSnapshot, TaskItem, Thing


class _OfTask(Event):
    task_id: TaskId
    round: int
    items: list[TaskItem]

    @property
    def subject_id(self) -> str:
        return self.task_id


class TaskCreated(_OfTask, name="marque.task.created.v1", producer="review"):
    """A listing waits to be judged under a right."""

    queue: str
    right_id: RightId
    right_type: RightType
    severity: Severity
    listing: Listing
    due_at: datetime
    created_at: datetime


class TaskJoined(_OfTask, name="marque.task.joined.v1", producer="review"):
    """More report items named the same listing and right, and joined the open task; `items` are the new ones."""


class TaskClaimed(_OfTask, name="marque.task.claimed.v1", producer="review"):
    """A reviewer took the task up, for the first time in this round."""

    account_id: AccountId
    reviewer: str
    claimed_at: datetime

    @property
    def owner(self) -> AccountId:
        return self.account_id


class TaskRerouted(_OfTask, name="marque.task.rerouted.v1", producer="review"):
    """The claim fits another right type; the task waits in that queue, and nothing goes back to the reporter."""

    from_right_type: RightType
    right_type: RightType
    queue: str


class FittingRight(Thing):
    """The right of a reporter's vault under which an item would have been reported."""

    item_id: ItemId
    right_id: RightId


class RightSearched(Event, name="marque.internal.right.searched.v1", producer="intake", audience="internal"):
    """The vaults of a task's reporters were searched for rights of the type to which it was re-routed.

    `version` is that of the task. Items whose reporter has no such right in force are not among `items`.
    """

    task_id: TaskId
    right_type: RightType
    rights: list[RightSnapshot]
    items: list[FittingRight]

    @property
    def subject_id(self) -> str:
        return self.task_id


class TaskItemsWithdrawn(Event, name="marque.task.items_withdrawn.v1", producer="review"):
    """Items that their reporter asked to take back have left their tasks, undecided; no decision will name them.

    `task_ids` are the tasks that they left; an item that was taken back before it had a task has none here.
    """

    report_id: ReportId
    account_id: AccountId
    item_ids: list[ItemId]
    task_ids: list[TaskId] = []
    withdrawn_at: datetime

    @property
    def subject_id(self) -> str:
        return self.report_id


class TaskCancelled(_OfTask, name="marque.task.cancelled.v1", producer="review"):
    """All items have left the task; nobody judges it. `items` are empty."""

    cancelled_at: datetime


class TaskLeaseBroken(_OfTask, name="marque.task.lease_broken.v1", producer="review"):
    """A lease was ended before its time. `account_id` is whose lease it was.

    The task waits in its queue again, or is another reviewer's of the same account where `handed_to` names one.

    Under a broken lease nothing can be renewed, given back or judged.
    """

    account_id: AccountId
    reviewer: str
    reason: str
    broken_by: AccountId | None = Field(None, description="The account that broke it; null: the platform itself")
    broken_at: datetime
    handed_to: str | None = Field(None, description="The reviewer of the same account who holds the task now")

    @property
    def owner(self) -> AccountId:
        return self.account_id


class TaskJudged(_OfTask, name="marque.task.judged.v1", producer="review"):
    """A reviewer answered."""

    judgement_id: JudgementId
    account_id: AccountId
    reviewer: str
    outcome: Outcome
    code: ReasonCode | None = None
    clauses: list[ClauseCitation] = []
    note: str | None = None
    public_reason: str | None = None
    seconds_spent: int
    severity: Severity
    right_type: RightType
    judged_at: datetime

    @property
    def owner(self) -> AccountId:
        return self.account_id
