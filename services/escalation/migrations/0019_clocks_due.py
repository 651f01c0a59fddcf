"""The clocks that run, by when they are due: what is late, and what will be, is counted from it."""

from alembic import op

revision = "escalation_0019"
down_revision = "escalation_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE INDEX item_clocks_decide_due ON item_clocks (decide_due_at)
WHERE ended_at IS NULL AND decide_due_at IS NOT NULL""")


def downgrade() -> None:
    op.execute("DROP INDEX item_clocks_decide_due")
