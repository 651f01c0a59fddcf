"""The runtime's tables: outbox, inbox, dead letters, timers, idempotency keys, and the secret of this database's cursors."""

from alembic import op

from shared.runtime import dead_letters, idempotency, inbox, outbox, timers

revision = "runtime_0001"
down_revision = None
branch_labels = ("runtime",)
depends_on = None

_CURSOR_KEY = """
CREATE TABLE runtime_secrets (name text PRIMARY KEY, value bytea NOT NULL);
INSERT INTO runtime_secrets VALUES ('cursor', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
"""


def upgrade() -> None:
    for ddl in (outbox.DDL, inbox.DDL, dead_letters.DDL, timers.DDL, idempotency.DDL, _CURSOR_KEY):
        for statement in filter(str.strip, ddl.split(";\n")):
            op.execute(statement)


def downgrade() -> None:
    for table in ("outbox", "inbox", "dead_letters", "timers", "idempotency_keys", "runtime_secrets"):
        op.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
