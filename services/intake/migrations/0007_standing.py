"""A reporter's standing, and promises that learn from how earlier ones were kept."""

from alembic import op

revision = "intake_0007"
down_revision = "intake_0005"
branch_labels = None
depends_on = None

_STANDING = """
CREATE TABLE standing_terms (
    version integer PRIMARY KEY,
    terms jsonb NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE standing_days (
    account_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    claim text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    decided bigint NOT NULL,
    accepted bigint NOT NULL,
    overturned bigint NOT NULL,
    PRIMARY KEY (account_id, day, claim, code)
);
CREATE INDEX standing_days_by_age ON standing_days USING brin (day);
CREATE TABLE reversals (
    decision_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    verdict text NOT NULL,
    reversed_at timestamptz NOT NULL,
    PRIMARY KEY (decision_id, account_id)
);
CREATE TABLE reporter_conduct (
    account_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    warning_id text COLLATE "C",
    warned_at timestamptz,
    warning_ends_at timestamptz,
    repeats integer NOT NULL DEFAULT 0,
    suspension_id text COLLATE "C",
    suspended_until timestamptz
);
CREATE TABLE reporter_sanctions (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('warning', 'suspension')),
    reason text NOT NULL,
    misuse jsonb NOT NULL,
    by_account_id text COLLATE "C",
    terms_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX reporter_sanctions_of_account ON reporter_sanctions (account_id, id DESC);
"""

_PROMISES = """
ALTER TABLE report_items
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_seconds double precision NOT NULL DEFAULT 0,
    ADD COLUMN ahead integer,
    ADD COLUMN promised_at timestamptz;
ALTER TABLE service_levels
    ADD COLUMN waiting integer NOT NULL DEFAULT 0,
    ADD COLUMN told_seconds double precision,
    ADD COLUMN correction double precision NOT NULL DEFAULT 1,
    ADD COLUMN told_since timestamptz,
    ADD COLUMN heard_until timestamptz;
CREATE TABLE promise_days (
    right_type text COLLATE "C" NOT NULL,
    severity text COLLATE "C" NOT NULL,
    day date NOT NULL,
    due integer NOT NULL,
    kept integer NOT NULL,
    PRIMARY KEY (right_type, severity, day)
);
"""


def upgrade() -> None:
    for ddl in (_STANDING, _PROMISES):
        for statement in filter(str.strip, ddl.split(";\n")):
            op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE promise_days")
    for column in ("waiting", "told_seconds", "correction", "told_since", "heard_until"):
        op.execute(f"ALTER TABLE service_levels DROP COLUMN {column}")
    for column in ("paused_at", "paused_seconds", "ahead", "promised_at"):
        op.execute(f"ALTER TABLE report_items DROP COLUMN {column}")
    for table in ("reporter_sanctions", "reporter_conduct", "reversals", "standing_days", "standing_terms"):
        op.execute(f"DROP TABLE {table}")
