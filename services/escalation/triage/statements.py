"""The SQL of triage."""

from typing import NamedTuple

from shared.runtime.statements import Query

ADD_CLOCKS = Query(
    "add_clocks",
    """
INSERT INTO item_clocks SELECT * FROM jsonb_populate_recordset(NULL::item_clocks, :rows::text::jsonb)
ON CONFLICT DO NOTHING RETURNING item_id
""",
    str,
)


class ClockCounts(NamedTuple):
    """How many items that have not ended have to be decided soon, and how many should have been."""

    due_soon: int
    late: int


_RUNNING = "SELECT FROM item_clocks WHERE ended_at IS NULL AND decide_due_at"
COUNT_CLOCKS = Query(
    "count_clocks",
    f"""
SELECT (SELECT count(*) FROM ({_RUNNING} > :now AND decide_due_at <= :soon LIMIT :most) AS s) AS due_soon,
       (SELECT count(*) FROM ({_RUNNING} <= :now LIMIT :most) AS l) AS late
""",
    ClockCounts,
)

COUNT_ESCALATIONS = Query(
    "count_escalations",
    "SELECT count(*) FROM (SELECT FROM escalations WHERE state = :state LIMIT :most) AS waiting",
    int,
)
