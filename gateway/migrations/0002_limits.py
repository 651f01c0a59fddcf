"""Accounts: where a vendor may work, what an account may use, and the suspension of an account or of a client."""

from alembic import op

revision = "gateway_0002"
down_revision = "gateway_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE accounts ADD COLUMN marketplaces text[]")
    op.execute("ALTER TABLE accounts ADD COLUMN limits jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE accounts ADD COLUMN suspended_at timestamptz")
    op.execute("ALTER TABLE accounts ADD COLUMN suspension_reason text")
    op.execute("ALTER TABLE clients ADD COLUMN suspended_at timestamptz")


def downgrade() -> None:
    op.drop_column("clients", "suspended_at")
    for column in ("suspension_reason", "suspended_at", "limits", "marketplaces"):
        op.drop_column("accounts", column)
