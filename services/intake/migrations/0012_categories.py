"""The marketplace's category of a reported listing, where its reporter named it."""

from alembic import op

revision = "intake_0012"
down_revision = "intake_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE report_items ADD COLUMN category text")


def downgrade() -> None:
    op.drop_column("report_items", "category")
