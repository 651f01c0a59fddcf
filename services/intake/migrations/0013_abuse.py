"""Traces of misuse, and what the marketplace tells of its listings."""

from alembic import op

revision = "intake_0013"
down_revision = "intake_0012"
branch_labels = None
depends_on = None

_ABUSE = """
CREATE TABLE traces (
    kind text COLLATE "C" NOT NULL,
    trace text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    right_id text COLLATE "C" NOT NULL,
    items bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (kind, trace, account_id, right_id)
);
CREATE INDEX traces_of_account ON traces (account_id) WHERE kind = 'hour';
CREATE INDEX traces_by_age ON traces (last_at);
CREATE TABLE looked_at (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    report_id text COLLATE "C" NOT NULL
);
INSERT INTO looked_at (report_id) SELECT coalesce(max(id), '') FROM reports;
CREATE TABLE suspicions (
    signal text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (signal, subject)
);
CREATE TABLE known_listings (
    marketplace text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C" NOT NULL,
    listed_at timestamptz NOT NULL,
    category text,
    version bigint NOT NULL,
    PRIMARY KEY (marketplace, listing_id)
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, _ABUSE.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in ("known_listings", "suspicions", "looked_at", "traces"):
        op.execute(f"DROP TABLE {table}")
