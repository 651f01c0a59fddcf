"""Imports: a file of many rows, what of it is still to be filed, and the rows that were refused."""

from alembic import op

revision = "intake_0005"
down_revision = "intake_0001"
branch_labels = None
depends_on = None

_IMPORTS = """
CREATE TABLE imports (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    account_kind text NOT NULL,
    trusted_flagger boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('receiving', 'filing', 'completed', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    columns jsonb NOT NULL,
    defaults jsonb NOT NULL,
    rows_seen integer NOT NULL DEFAULT 0,
    filed integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    reports integer NOT NULL DEFAULT 0,
    batches integer NOT NULL DEFAULT 0,
    batches_done integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    advanced_at timestamptz NOT NULL,
    completed_at timestamptz
);
CREATE INDEX imports_of_account ON imports (account_id, id DESC);
CREATE INDEX imports_open ON imports (state, advanced_at) WHERE completed_at IS NULL;
CREATE INDEX imports_over ON imports (completed_at) WHERE completed_at IS NOT NULL;
CREATE TABLE import_batches (
    import_id text COLLATE "C" NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    number integer NOT NULL,
    content bytea NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    PRIMARY KEY (import_id, number)
);
CREATE TABLE import_refusals (
    import_id text COLLATE "C" NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    row_number integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (import_id, row_number)
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, _IMPORTS.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    for table in ("import_refusals", "import_batches", "imports"):
        op.execute(f"DROP TABLE {table}")
