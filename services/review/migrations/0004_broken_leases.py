"""Leases that were broken, by whom and why, and the accounts that were shut out."""

from alembic import op

revision = "review_0004"
down_revision = "review_0003"
branch_labels = None
depends_on = None

_CHANGES = "'claimed', 'renewed', 'released', 'expired', 'cancelled'"


def upgrade() -> None:
    op.execute("ALTER TABLE leases DROP CONSTRAINT leases_change_check")
    # More is allowed than before, so that no row needs to be looked at.
    op.execute(
        f"ALTER TABLE leases ADD CONSTRAINT leases_change_check CHECK (change IN ({_CHANGES}, 'broken')) NOT VALID"
    )
    op.execute('ALTER TABLE leases ADD COLUMN reason text, ADD COLUMN broken_by text COLLATE "C"')
    op.execute("""
CREATE TABLE account_standings (
    account_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    reason text,
    shut_at timestamptz
)""")


def downgrade() -> None:
    op.drop_table("account_standings")
    op.execute("ALTER TABLE leases DROP COLUMN reason, DROP COLUMN broken_by")
    op.execute("DELETE FROM leases WHERE change = 'broken'")
    op.execute("ALTER TABLE leases DROP CONSTRAINT leases_change_check")
    op.execute(f"ALTER TABLE leases ADD CONSTRAINT leases_change_check CHECK (change IN ({_CHANGES}))")
