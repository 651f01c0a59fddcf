"""Dead letters under any id that an event came with, in the order in which they died, discarded with a reason."""

from alembic import op
from sqlalchemy import text

from shared.runtime.reading_events import identify_unreadable

revision = "runtime_0002"
down_revision = "runtime_0001"
branch_labels = None
depends_on = None

_RENAME = text("""
UPDATE dead_letters SET event_id = :new, original_id = :original, source = :source
WHERE event_id = :old AND NOT EXISTS (SELECT FROM dead_letters WHERE event_id = :new AND event_id <> :old)
""")


def upgrade() -> None:
    op.execute("""
        ALTER TABLE dead_letters
            ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            ADD COLUMN original_id text COLLATE "C" NOT NULL DEFAULT '',
            ADD COLUMN source text NOT NULL DEFAULT '',
            ADD COLUMN encoding text NOT NULL DEFAULT 'utf-8',
            ADD COLUMN discard_reason text,
            ADD COLUMN discarded_by text
    """)
    op.execute("UPDATE dead_letters SET original_id = event_id")
    op.execute("CREATE INDEX dead_letters_original ON dead_letters USING hash (original_id)")
    op.execute("CREATE INDEX dead_letters_waiting ON dead_letters (number) WHERE settled_at IS NULL")
    _give_ids()


def _give_ids() -> None:
    """Let those that came with an id of another form be known by one of ours."""
    connection = op.get_bind()
    for row in connection.execute(text("SELECT event_id, type, payload FROM dead_letters")).all():
        found = identify_unreadable(row.payload.encode(), row.type)
        values = {"old": row.event_id, "new": found.event_id, "original": found.original_id, "source": found.source}
        connection.execute(_RENAME, values)


def downgrade() -> None:
    for column in ("number", "original_id", "source", "encoding", "discard_reason", "discarded_by"):
        op.drop_column("dead_letters", column)
