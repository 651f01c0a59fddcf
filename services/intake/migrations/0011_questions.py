"""The time that reporters have to answer: a reminder, an end, and a right to reopen."""

from alembic import op

revision = "intake_0011"
down_revision = "intake_0007"
branch_labels = None
depends_on = ("runtime_0001",)

# Those who were asked before there was an end to it have the five business days from now on, without a reminder; their
# weekends and holidays only the service knows, so a week stands for them.
_QUESTIONS = """
ALTER TABLE report_items
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN answer_due_at timestamptz,
    ADD COLUMN reopen_until timestamptz;
UPDATE report_items SET answer_due_at = now() + interval '7 days' WHERE state = 'needs_information';
INSERT INTO timers (kind, subject, due_at)
SELECT DISTINCT 'answer_due', report_id, answer_due_at FROM report_items WHERE answer_due_at IS NOT NULL
ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    for statement in filter(str.strip, _QUESTIONS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind IN ('answer_reminder', 'answer_due')")
    for column in ("remind_at", "answer_due_at", "reopen_until"):
        op.drop_column("report_items", column)
