"""Letters about a notice, and what calls them off, are counted, so that the last word is known whatever comes first."""

from alembic import op

revision = "intake_0024"
down_revision = "intake_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE public_notices ADD COLUMN letter_version bigint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE public_notices DROP COLUMN letter_version")
