"""The examples in the documents for developers work as they stand."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.ids import JobId
from shared.runtime.ids import new_id
from shared.runtime.jobs import Again, Job

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


async def test_the_example_of_a_job_goes_on_until_it_is_done() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "adding-a-job.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "adding-a-job.md", "exec"), names)
    assert list(names["jobs"].kinds) == ["greet"]
    job = Job(new_id(JobId), "greet", None, {"times": 2}, 1, 1, None, None, NOW)
    assert await names["greet"](None, job, NOW) == Again(done=1)
    job = Job(new_id(JobId), "greet", None, {"times": 2}, 1, 2, 1, None, NOW)
    assert await names["greet"](None, job, NOW) is None
