"""Captures: what the listings of report items looked like."""

from alembic import op

revision = "review_0006"
down_revision = "review_0005"
branch_labels = None
depends_on = None

DDL = """
CREATE TABLE captures (
    id text COLLATE "C" PRIMARY KEY,
    hash text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    captured_at timestamptz NOT NULL,
    listing json NOT NULL,
    images json NOT NULL,
    number bigint NOT NULL
);
CREATE TABLE item_captures (
    item_id text COLLATE "C" NOT NULL,
    capture_id text COLLATE "C" NOT NULL,
    first boolean NOT NULL,
    late boolean NOT NULL,
    changed_from text COLLATE "C",
    changed json NOT NULL,
    PRIMARY KEY (item_id, capture_id)
);
ALTER TABLE item_news ADD COLUMN seller_id text;
ALTER TABLE decisions ADD COLUMN captures json NOT NULL DEFAULT '[]'
"""


def upgrade() -> None:
    for statement in DDL.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE decisions DROP COLUMN captures")
    op.execute("ALTER TABLE item_news DROP COLUMN seller_id")
    op.execute("DROP TABLE item_captures")
    op.execute("DROP TABLE captures")
