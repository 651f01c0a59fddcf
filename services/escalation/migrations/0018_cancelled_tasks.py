"""Tasks that were cancelled, so that no question about them stays at the desk."""

from alembic import op

revision = "escalation_0018"
down_revision = "escalation_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE cancelled_tasks (task_id text COLLATE "C" PRIMARY KEY, cancelled_at timestamptz NOT NULL)""")
    op.execute("""
CREATE INDEX escalations_question ON escalations (task_id)
WHERE kind = 'reviewer_question' AND state <> 'resolved'""")


def downgrade() -> None:
    op.execute("DROP INDEX escalations_question")
    op.drop_table("cancelled_tasks")
