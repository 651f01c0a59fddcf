"""Captures of listings, and the report items that they are for."""

from alembic import op

revision = "screening_0003"
down_revision = "screening_0002"
branch_labels = None
depends_on = None

DDL = """
ALTER TABLE listing_versions ADD COLUMN earlier bigint;
CREATE TABLE captures (
    id text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    marketplace text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C" NOT NULL,
    source text NOT NULL,
    captured_at timestamptz NOT NULL,
    document text NOT NULL,
    hash bytea,
    seller_name text,
    seller_salt bytea,
    completed_at timestamptz
);
CREATE UNIQUE INDEX captures_number ON captures (number);
CREATE INDEX captures_listing ON captures (marketplace, listing_id, id);
CREATE TABLE reported_items (
    item_id text COLLATE "C" PRIMARY KEY,
    report_id text COLLATE "C",
    marketplace text COLLATE "C",
    listing_id text COLLATE "C",
    reported_at timestamptz,
    ended boolean NOT NULL DEFAULT false,
    moved_at timestamptz NOT NULL
) WITH (fillfactor = 90);
CREATE INDEX open_items ON reported_items (marketplace, listing_id) WHERE NOT ended;
CREATE TABLE item_captures (
    item_id text COLLATE "C" NOT NULL,
    capture_id text COLLATE "C" NOT NULL,
    report_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    is_first boolean NOT NULL,
    is_late boolean NOT NULL,
    changed_from text COLLATE "C",
    changed text[] NOT NULL,
    PRIMARY KEY (item_id, capture_id)
);
CREATE UNIQUE INDEX first_captures ON item_captures (item_id) WHERE is_first;
CREATE INDEX items_of_capture ON item_captures (capture_id);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE item_captures")
    op.execute("DROP TABLE reported_items")
    op.execute("DROP TABLE captures")
    op.execute("ALTER TABLE listing_versions DROP COLUMN earlier")
