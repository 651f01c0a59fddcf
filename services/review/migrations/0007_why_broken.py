"""The leases that were broken, by their fence: whoever shows one is told why."""

from alembic import op

revision = "review_0007"
down_revision = "review_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX leases_broken ON leases (fence) WHERE change = 'broken'")


def downgrade() -> None:
    op.execute("DROP INDEX leases_broken")
