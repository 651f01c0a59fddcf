"""Notes of the tables that have come from another service."""

from alembic import op

from shared.runtime.moving import DDL

revision = "runtime_0004"
down_revision = "runtime_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(DDL)


def downgrade() -> None:
    op.execute("DROP TABLE moves")
