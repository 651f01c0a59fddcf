"""Standing of reporters, their warnings and suspensions; the traces that their reports leave."""

from alembic import op

revision = "conduct_0001"
down_revision = None
branch_labels = ("conduct",)
depends_on = None

DDL = """
CREATE TABLE standing_terms (
    version integer PRIMARY KEY,
    terms jsonb NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    published_at timestamptz
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
CREATE TABLE decided_items (
    item_id text COLLATE "C" PRIMARY KEY,
    decision_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    claim text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX decided_items_of_decision ON decided_items (decision_id, account_id);
CREATE INDEX decided_items_by_age ON decided_items (decided_at);
CREATE TABLE reversals (
    decision_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    verdict text NOT NULL,
    reversed_at timestamptz NOT NULL,
    PRIMARY KEY (decision_id, account_id)
);
CREATE TABLE reporters (
    account_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    warning_id text COLLATE "C",
    warned_at timestamptz,
    warning_ends_at timestamptz,
    repeats integer NOT NULL DEFAULT 0,
    suspension_id text COLLATE "C",
    suspended_until timestamptz,
    rating jsonb,
    rate_at timestamptz,
    suspended_in integer,
    applied integer NOT NULL DEFAULT 0,
    use_version bigint NOT NULL DEFAULT 0,
    open_items bigint,
    filings bigint,
    filings_on date
);
CREATE INDEX reporters_to_rate ON reporters (rate_at) WHERE rate_at IS NOT NULL;
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
CREATE TABLE suspicions (
    signal text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (signal, subject)
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "suspicions", "traces", "reporter_sanctions", "reporters", "reversals", "decided_items", "standing_days",
        "standing_terms",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
