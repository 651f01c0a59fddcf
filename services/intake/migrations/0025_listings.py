"""Listings are told of by the store of listings, with a count of its own."""

from alembic import op

revision = "intake_0025"
down_revision = "intake_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE known_listings ADD COLUMN number bigint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE known_listings DROP COLUMN number")
