"""Pictures of captures, and their files in the object store."""

from alembic import op

revision = "screening_0004"
down_revision = "screening_0003"
branch_labels = None
depends_on = None

DDL = """
CREATE TABLE capture_pictures (
    capture_id text COLLATE "C" NOT NULL,
    place integer NOT NULL,
    url text,
    evidence_id text COLLATE "C",
    pdq text,
    sha256 text COLLATE "C",
    media_type text,
    size bigint,
    width integer,
    height integer,
    problem text,
    PRIMARY KEY (capture_id, place)
);
CREATE INDEX pictures_of_file ON capture_pictures (sha256) WHERE sha256 IS NOT NULL;
CREATE TABLE capture_files (
    sha256 text COLLATE "C" PRIMARY KEY,
    loose_since timestamptz
);
CREATE INDEX loose_capture_files ON capture_files (loose_since) WHERE loose_since IS NOT NULL;
CREATE TABLE evidence_pictures (
    evidence_id text COLLATE "C" PRIMARY KEY,
    sha256 text COLLATE "C",
    media_type text,
    size bigint
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in ("evidence_pictures", "capture_files", "capture_pictures"):
        op.execute(f"DROP TABLE {table}")
