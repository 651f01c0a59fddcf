"""When a key was used last."""

from alembic import op

revision = "gateway_0003"
down_revision = "gateway_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz")


def downgrade() -> None:
    op.drop_column("api_keys", "last_used_at")
