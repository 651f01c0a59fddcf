"""Waiting tasks know their marketplace, since a vendor may be limited to some.

It stands last in the indexes: a claim that is limited steps over the tasks of other marketplaces within the index, and
one that is not reads it as before.
"""

from alembic import op

revision = "review_0003"
down_revision = "review_0002"
branch_labels = None
depends_on = None

_INDEXES = {
    "waiting_in_order": "severity, due_at, task_id",
    "waiting_in_queue": "queue, due_at, task_id",
    "waiting_by_age": "queue, since",
}


def upgrade() -> None:
    op.execute('ALTER TABLE waiting ADD COLUMN marketplace text COLLATE "C"')
    op.execute("UPDATE waiting w SET marketplace = t.marketplace FROM tasks t WHERE t.id = w.task_id")
    op.execute("ALTER TABLE waiting ALTER COLUMN marketplace SET NOT NULL")
    for name, columns in _INDEXES.items():
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON waiting ({columns}, marketplace)")


def downgrade() -> None:
    op.drop_column("waiting", "marketplace")
    for name, columns in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON waiting ({columns})")
