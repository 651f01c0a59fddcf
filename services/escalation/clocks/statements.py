"""The SQL of item clocks."""

from shared.runtime.statements import Statement

ADD_CLOCK_STUBS = Statement(
    "add_clock_stubs",
    """
INSERT INTO item_clocks (item_id, report_id, account_id)
SELECT * FROM unnest(:items::text[], :reports::text[], :accounts::text[])
ON CONFLICT DO NOTHING
""",
)
