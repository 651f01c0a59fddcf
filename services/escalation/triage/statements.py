"""The SQL of triage."""

from shared.runtime.statements import Query

ADD_CLOCKS = Query(
    "add_clocks",
    """
INSERT INTO item_clocks SELECT * FROM jsonb_populate_recordset(NULL::item_clocks, :rows::text::jsonb)
ON CONFLICT DO NOTHING RETURNING item_id
""",
    str,
)
