"""The store of listings."""

from alembic import op

revision = "screening_0001"
down_revision = None
branch_labels = ("screening",)
depends_on = None

DDL = """
CREATE SEQUENCE listing_numbers AS bigint;
CREATE TABLE listings (
    marketplace text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    version bigint,
    changed_at timestamptz NOT NULL,
    content_hash bytea NOT NULL,
    PRIMARY KEY (marketplace, listing_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE TABLE listing_versions (
    number bigint PRIMARY KEY,
    marketplace text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C" NOT NULL,
    version bigint,
    changed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    content_hash bytea NOT NULL,
    content text NOT NULL
);
CREATE TABLE superseded_versions (
    superseded_at timestamptz NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (superseded_at, number)
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE superseded_versions")
    op.execute("DROP TABLE listing_versions")
    op.execute("DROP TABLE listings")
    op.execute("DROP SEQUENCE listing_numbers")
