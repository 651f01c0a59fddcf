"""Whether an account may come in: the imports of one that is suspended wait."""

from alembic import op

revision = "intake_0022"
down_revision = "intake_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE account_limits ADD COLUMN state text NOT NULL DEFAULT 'open'")


def downgrade() -> None:
    op.drop_column("account_limits", "state")
