"""The table of background jobs."""

from alembic import op

from shared.runtime.jobs.queue import DDL

revision = "runtime_0003"
down_revision = "runtime_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE jobs")
