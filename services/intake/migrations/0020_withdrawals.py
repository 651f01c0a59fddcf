"""A withdrawal is asked for before it is granted or comes too late, and the timeline tells which."""

from alembic import op

revision = "intake_0020"
down_revision = "intake_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE report_items ADD COLUMN withdrawal_requested_at timestamptz")
    op.execute("ALTER TABLE timeline ADD COLUMN withdrawal text")


def downgrade() -> None:
    op.drop_column("timeline", "withdrawal")
    op.drop_column("report_items", "withdrawal_requested_at")
