"""Policies, tasks, leases, judgements, decisions."""

from alembic import op

revision = "review_0001"
down_revision = None
branch_labels = ("review",)
depends_on = None

_POLICIES = """
CREATE TABLE policies (
    id text COLLATE "C" PRIMARY KEY,
    right_type text NOT NULL UNIQUE,
    title text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE policy_versions (
    policy_id text COLLATE "C" NOT NULL REFERENCES policies (id),
    number integer NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'published')),
    note text,
    clauses jsonb NOT NULL,
    effective_from timestamptz,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (policy_id, number),
    CHECK ((state = 'published') = (effective_from IS NOT NULL AND published_at IS NOT NULL))
);
CREATE INDEX policy_versions_in_force ON policy_versions (policy_id, effective_from DESC, number DESC)
    WHERE state = 'published';
CREATE FUNCTION policy_versions_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'published' THEN
        RAISE EXCEPTION 'a published policy version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_versions_stand BEFORE UPDATE ON policy_versions
    FOR EACH ROW EXECUTE FUNCTION policy_versions_stand();
"""

_TASKS = """
CREATE TABLE tasks (
    id text COLLATE "C" PRIMARY KEY,
    marketplace text NOT NULL,
    listing_id text NOT NULL,
    right_id text COLLATE "C" NOT NULL,
    right_key text COLLATE "C" NOT NULL,
    right_type text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    severity text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL
        CHECK (state IN ('pending', 'needs_information', 'escalated', 'decided', 'cancelled')),
    round integer NOT NULL,
    version bigint NOT NULL,
    listing json NOT NULL,
    right_snapshot json NOT NULL,
    findings jsonb NOT NULL,
    notes jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX tasks_one_open ON tasks (marketplace, listing_id, right_key)
    WHERE state IN ('pending', 'needs_information', 'escalated');
CREATE TABLE task_items (
    item_id text COLLATE "C" PRIMARY KEY,
    task_id text COLLATE "C" NOT NULL,
    report_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    thing json NOT NULL,
    severity text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX task_items_of_task ON task_items (task_id);
CREATE TABLE item_news (
    item_id text COLLATE "C" PRIMARY KEY,
    triage_version bigint,
    severity text,
    due_at timestamptz,
    withdrawn_at timestamptz
);
"""

_WORK = """
CREATE TABLE waiting (
    task_id text COLLATE "C" PRIMARY KEY,
    queue text COLLATE "C" NOT NULL,
    severity text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    fresh boolean NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX waiting_in_order ON waiting (severity, due_at, task_id);
CREATE INDEX waiting_in_queue ON waiting (queue, due_at, task_id);
CREATE INDEX waiting_by_age ON waiting (queue, since);
CREATE TABLE holds (
    task_id text COLLATE "C" PRIMARY KEY,
    fence bigint NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    reviewer text NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX holds_by_end ON holds (expires_at);
CREATE SEQUENCE fences AS bigint;
CREATE TABLE leases (
    fence bigint NOT NULL,
    change text COLLATE "C" NOT NULL CHECK (change IN ('claimed', 'renewed', 'released', 'expired', 'cancelled')),
    task_id text COLLATE "C" NOT NULL,
    round integer NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    reviewer text NOT NULL,
    at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX leases_of_account ON leases (account_id, task_id) WHERE change = 'claimed';
"""

_DECISIONS = """
CREATE TABLE judgements (
    id text COLLATE "C" PRIMARY KEY,
    task_id text COLLATE "C" NOT NULL,
    round integer NOT NULL,
    fence bigint NOT NULL UNIQUE,
    account_id text COLLATE "C" NOT NULL,
    reviewer text NOT NULL,
    outcome text NOT NULL,
    code text,
    clauses json NOT NULL,
    note text,
    seconds_spent integer NOT NULL,
    right_type text NOT NULL,
    judged_at timestamptz NOT NULL
);
CREATE INDEX judgements_of_task ON judgements (task_id, round);
CREATE RULE judgements_stand AS ON UPDATE TO judgements DO INSTEAD NOTHING;
CREATE TABLE decisions (
    id text COLLATE "C" PRIMARY KEY,
    task_id text COLLATE "C" NOT NULL,
    round integer NOT NULL,
    version integer NOT NULL,
    verdict text NOT NULL,
    code text NOT NULL,
    clauses json NOT NULL,
    right_type text NOT NULL,
    judgement_ids json NOT NULL,
    enforcement_id text COLLATE "C",
    decided_at timestamptz NOT NULL,
    UNIQUE (task_id, round)
);
CREATE TABLE decision_readers (
    account_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, decision_id)
);
CREATE TABLE enforcements (
    id text COLLATE "C" PRIMARY KEY,
    decision_id text COLLATE "C" NOT NULL UNIQUE,
    version integer NOT NULL,
    action text NOT NULL,
    listing json NOT NULL,
    code text NOT NULL,
    markets jsonb NOT NULL,
    requested_at timestamptz NOT NULL,
    applied_at timestamptz,
    note text
);
"""

_TABLES = (
    "enforcements", "decision_readers", "decisions", "judgements", "leases", "holds", "waiting",
    "item_news", "task_items", "tasks", "policy_versions", "policies",
)  # fmt: skip


def _statements(ddl: str) -> list[str]:
    """The statements of a script; a function's body, between its dollar signs, is one of them."""
    parts = ddl.split("$$")
    if len(parts) == 1:
        return [statement for statement in ddl.split(";\n") if statement.strip()]
    before, body, rest = parts
    *whole, head = before.split(";\n")
    return [*whole, f"{head}$${body}$$", *[s for s in rest.lstrip(";").split(";\n") if s.strip()]]


def upgrade() -> None:
    for ddl in (_POLICIES, _TASKS, _WORK, _DECISIONS):
        for statement in _statements(ddl):
            op.execute(statement)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
    op.execute("DROP FUNCTION IF EXISTS policy_versions_stand CASCADE")
    op.execute("DROP SEQUENCE IF EXISTS fences")
