"""Which letters about a notice were called off, for those that are asked for by an event that comes later."""

from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE notice_letters (
    notice_id text COLLATE "C" NOT NULL,
    letter text COLLATE "C" NOT NULL,
    called_off bigint NOT NULL,
    heard_at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, letter)
)
""")
    op.execute("CREATE INDEX notice_letters_by_age ON notice_letters USING brin (heard_at)")


def downgrade() -> None:
    op.drop_table("notice_letters")
