"""Severities and their rules, the clocks of report items, the escalation desk and its history."""

from alembic import op

revision = "escalation_0001"
down_revision = None
branch_labels = ("escalation",)
depends_on = None

DDL = """
CREATE TABLE severities (
    severity text PRIMARY KEY,
    acknowledge jsonb NOT NULL,
    decide jsonb NOT NULL,
    resolve jsonb NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE severity_rules (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    expression text NOT NULL,
    severity text NOT NULL,
    priority integer NOT NULL,
    acknowledge_seconds integer,
    decide_seconds integer,
    enabled boolean NOT NULL,
    failure text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE item_clocks (
    item_id text COLLATE "C" PRIMARY KEY,
    report_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C",
    severity text,
    rule_id text COLLATE "C",
    submitted_at timestamptz,
    acknowledge_seconds integer,
    acknowledge_business boolean NOT NULL DEFAULT false,
    decide_seconds integer,
    decide_business boolean NOT NULL DEFAULT false,
    turns jsonb NOT NULL DEFAULT '[]',
    acknowledged_at timestamptz,
    ended_at timestamptz,
    acknowledge_due_at timestamptz,
    decide_due_at timestamptz,
    acknowledge_left_seconds integer,
    decide_left_seconds integer,
    warned_percent integer NOT NULL DEFAULT 0,
    acknowledge_escalation_id text COLLATE "C",
    decide_escalation_id text COLLATE "C",
    version integer NOT NULL DEFAULT 1
) WITH (fillfactor = 85);
CREATE INDEX item_clocks_report ON item_clocks (report_id, item_id);
CREATE INDEX item_clocks_acknowledge_escalation ON item_clocks (acknowledge_escalation_id)
    WHERE acknowledge_escalation_id IS NOT NULL;
CREATE INDEX item_clocks_decide_escalation ON item_clocks (decide_escalation_id)
    WHERE decide_escalation_id IS NOT NULL;

CREATE TABLE escalations (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    severity text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    account_ids text[] COLLATE "C" NOT NULL,
    report_id text COLLATE "C",
    item_id text COLLATE "C",
    task_id text COLLATE "C",
    judgement_id text COLLATE "C",
    listing text,
    raised_by text COLLATE "C",
    raised_by_regulator boolean NOT NULL,
    assignee text,
    acknowledged_by text,
    acknowledged_at timestamptz,
    resolved_by text,
    resolved_at timestamptz,
    resolution text,
    answer text,
    acknowledge_due_at timestamptz NOT NULL,
    resolve_due_at timestamptz NOT NULL,
    acknowledge_breached boolean NOT NULL,
    resolve_breached boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE UNIQUE INDEX escalations_missed_clock ON escalations (report_id)
    WHERE kind = 'clock_missed' AND state <> 'resolved';
CREATE UNIQUE INDEX escalations_judgement ON escalations (judgement_id) WHERE judgement_id IS NOT NULL;
CREATE INDEX escalations_state ON escalations (state, id);
CREATE INDEX escalations_raised_by ON escalations (raised_by, id) WHERE raised_by IS NOT NULL;
CREATE INDEX escalations_accounts ON escalations USING gin (account_ids);
CREATE INDEX escalations_report ON escalations (report_id, id) WHERE report_id IS NOT NULL;

CREATE TABLE escalation_history (
    id text COLLATE "C" PRIMARY KEY,
    escalation_id text COLLATE "C" NOT NULL,
    step text NOT NULL,
    at timestamptz NOT NULL,
    by text,
    note text,
    item_id text COLLATE "C",
    clock text
);
CREATE INDEX escalation_history_order ON escalation_history (escalation_id, id);
"""

TABLES = ("escalation_history", "escalations", "item_clocks", "severity_rules", "severities")


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
