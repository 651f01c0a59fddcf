"""A listing that was told of by its version alone has no time of its change: when it came says nothing of that."""

from alembic import op

revision = "screening_0002"
down_revision = "screening_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE listings ALTER COLUMN changed_at DROP NOT NULL")
    op.execute("ALTER TABLE listing_versions ALTER COLUMN changed_at DROP NOT NULL")


def downgrade() -> None:
    for table in ("listings", "listing_versions"):
        op.execute(f"UPDATE {table} SET changed_at = now() WHERE changed_at IS NULL")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN changed_at SET NOT NULL")
