"""Background work: enqueued in the transaction of its cause, leased, retried, and dead in the end where it never works.

`Jobs` declares what a service does, `enqueue` asks for it, `Worker` does it. Deadlines are not jobs but timers
(`shared/runtime/ticker.py`): they belong to the state of a thing. docs/decisions/0021-jobs.md
"""

from shared.runtime.jobs.declared import Again, Job, Jobs, LeaseLost, Priority, Work
from shared.runtime.jobs.queue import cancel, enqueue
from shared.runtime.jobs.worker import Worker, measure

__all__ = ["Again", "Job", "Jobs", "LeaseLost", "Priority", "Work", "Worker", "cancel", "enqueue", "measure"]
