"""What looks like misuse may be heard of before the report itself."""

from alembic import op

revision = "review_0002"
down_revision = "review_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE item_news ADD COLUMN findings jsonb")


def downgrade() -> None:
    op.drop_column("item_news", "findings")
