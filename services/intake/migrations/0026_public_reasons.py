"""The reason that a reviewer, or the clause cited, gives to the reporter; and whether the listing is still there."""

from alembic import op

revision = "intake_0026"
down_revision = "intake_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE report_items ADD COLUMN public_reason text")
    op.execute("ALTER TABLE report_items ADD COLUMN listing_state text, ADD COLUMN listing_number bigint")


def downgrade() -> None:
    op.execute("ALTER TABLE report_items DROP COLUMN listing_state, DROP COLUMN listing_number")
    op.execute("ALTER TABLE report_items DROP COLUMN public_reason")
