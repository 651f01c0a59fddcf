"""Listings that the marketplace was asked for, and what it does not know."""

from alembic import op

revision = "screening_0005"
down_revision = "screening_0004"
branch_labels = None
depends_on = None

DDL = """
ALTER TABLE listing_versions ADD COLUMN looked_up boolean NOT NULL DEFAULT false;
CREATE TABLE unknown_listings (
    marketplace text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C" NOT NULL,
    ask_again_at timestamptz NOT NULL,
    PRIMARY KEY (marketplace, listing_id)
);
CREATE INDEX unknown_until ON unknown_listings (ask_again_at);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE unknown_listings")
    op.execute("ALTER TABLE listing_versions DROP COLUMN looked_up")
