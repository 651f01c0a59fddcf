"""Notices that were handed on to the desk, and word of those that wait no more."""

from alembic import op

revision = "escalation_0017"
down_revision = "escalation_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('ALTER TABLE escalations ADD COLUMN notice_id text COLLATE "C"')
    op.execute("CREATE UNIQUE INDEX escalations_notice ON escalations (notice_id) WHERE notice_id IS NOT NULL")
    op.execute('CREATE TABLE settled_notices (notice_id text COLLATE "C" PRIMARY KEY, settled_at timestamptz NOT NULL)')


def downgrade() -> None:
    op.execute("DROP TABLE settled_notices")
    op.execute("DROP INDEX escalations_notice")
    op.drop_column("escalations", "notice_id")
