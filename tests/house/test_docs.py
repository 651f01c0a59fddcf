"""The examples in the documents for developers work as they stand."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from shared.contracts.ids import JobId
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.jobs import Again, Job, Work

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


async def test_the_example_of_a_job_goes_on_until_it_is_done() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "adding-a-job.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "adding-a-job.md", "exec"), names)
    assert list(names["background"].kinds) == ["greet"]
    for done, again in ((None, Again(done=1)), (1, None)):
        job = Job(new_id(JobId), "greet", None, {"times": 2}, 1, 1, done, None, NOW)
        assert await names["greet"](None, Work(job, cast("Database", None), SystemClock())) == again
