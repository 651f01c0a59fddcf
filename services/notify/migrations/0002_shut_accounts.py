"""Accounts that are shut out; and what was on its way for ever comes to its end.

A delivery that was made while its endpoint was disabled for good, or deleted, was left pending. Nothing makes such any
more, so that those that are there are ended once.
"""

from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE account_standings (account_id text COLLATE "C" PRIMARY KEY, version integer NOT NULL, shut boolean NOT NULL)
""")
    op.execute("""
UPDATE deliveries d SET settled_at = now(),
    state = CASE WHEN e.deleted_at IS NULL THEN 'dead' ELSE 'cancelled' END,
    last_error = coalesce(last_error, CASE WHEN e.deleted_at IS NULL THEN 'the endpoint answered 410 Gone to another '
        'delivery' ELSE 'the endpoint was deleted' END)
FROM webhook_endpoints e
WHERE d.endpoint_id = e.id AND d.state = 'pending'
    AND (e.deleted_at IS NOT NULL OR (NOT e.enabled AND e.disabled_reason = 'the receiver answered 410 Gone'))
""")


def downgrade() -> None:
    op.drop_table("account_standings")
