"""Evidence: each file once, whose it is, and what refers to it."""

from alembic import op

revision = "intake_0016"
down_revision = "intake_0015"
branch_labels = None
depends_on = None

_EVIDENCE = """
CREATE TABLE evidence_files (
    sha256 text COLLATE "C" PRIMARY KEY,
    media_type text NOT NULL,
    size bigint NOT NULL,
    width integer,
    height integer,
    pages integer,
    edits jsonb NOT NULL,
    loose_since timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX evidence_files_loose ON evidence_files (loose_since) WHERE loose_since IS NOT NULL;
CREATE TABLE evidence (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL REFERENCES evidence_files (sha256),
    name text,
    kept boolean NOT NULL DEFAULT false,
    named_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, sha256)
);
CREATE INDEX evidence_of_account ON evidence (account_id, id DESC);
CREATE INDEX evidence_of_file ON evidence (sha256);
CREATE INDEX evidence_unused ON evidence (named_at) WHERE NOT kept;
CREATE INDEX evidence_unused_of_account ON evidence (account_id) WHERE NOT kept;
CREATE TABLE evidence_uses (
    evidence_id text COLLATE "C" NOT NULL REFERENCES evidence (id),
    used_by text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    right_id text COLLATE "C",
    sha256 text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (evidence_id, used_by)
);
CREATE INDEX evidence_uses_in_reports ON evidence_uses (sha256) WHERE right_id IS NOT NULL;
"""


def upgrade() -> None:
    for statement in filter(str.strip, _EVIDENCE.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    for table in ("evidence_uses", "evidence", "evidence_files"):
        op.execute(f"DROP TABLE {table}")
