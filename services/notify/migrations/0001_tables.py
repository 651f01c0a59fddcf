"""The feed, webhooks and their deliveries, and what statements of reasons are made from."""

from alembic import op

revision = "notify_0001"
down_revision = None
branch_labels = ("notify",)
depends_on = ("runtime_0001",)

TABLES = """
CREATE TABLE feed (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text COLLATE "C" NOT NULL UNIQUE,
    type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    account_id text COLLATE "C",
    envelope jsonb NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX feed_account ON feed (account_id, position);
CREATE TABLE webhook_endpoints (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    sees_all boolean NOT NULL,
    url text NOT NULL,
    description text,
    event_types text[] NOT NULL,
    patterns text[] NOT NULL,
    enabled boolean NOT NULL,
    disabled_reason text,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_until timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX webhook_endpoints_account ON webhook_endpoints (account_id, id) WHERE deleted_at IS NULL;
CREATE INDEX webhook_endpoints_live ON webhook_endpoints (id) WHERE enabled AND deleted_at IS NULL;
CREATE TABLE deliveries (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id),
    event_id text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    line text COLLATE "C" NOT NULL GENERATED ALWAYS AS (endpoint_id || ' ' || subject) STORED,
    position bigint NOT NULL,
    ordered boolean NOT NULL,
    payload jsonb,
    state text NOT NULL,
    tries integer NOT NULL,
    lease integer NOT NULL,
    due_at timestamptz NOT NULL,
    last_status integer,
    last_error text,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (event_id, endpoint_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, due_at, position) WHERE state = 'pending';
CREATE INDEX deliveries_line ON deliveries (line, position) WHERE state = 'pending' AND ordered;
CREATE INDEX deliveries_account ON deliveries (account_id, id);
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE state <> 'pending';
CREATE TABLE delivery_attempts (
    delivery_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status integer,
    error text,
    answer text,
    PRIMARY KEY (delivery_id, number)
);
CREATE TABLE decisions_told (
    decision_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    event jsonb NOT NULL,
    PRIMARY KEY (decision_id, account_id)
);
CREATE TABLE decision_enforcements (
    decision_id text COLLATE "C" PRIMARY KEY,
    action text,
    markets text[],
    applied_at timestamptz
);
CREATE TABLE trusted_reports (
    report_id text COLLATE "C" PRIMARY KEY
);
INSERT INTO runtime_secrets VALUES ('webhooks', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "trusted_reports", "decision_enforcements", "decisions_told", "delivery_attempts", "deliveries",
        "webhook_endpoints", "feed",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    op.execute("DELETE FROM runtime_secrets WHERE name = 'webhooks'")
