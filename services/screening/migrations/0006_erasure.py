"""What was erased of captures; a version of which something was erased may be captured again."""

from alembic import op

revision = "screening_0006"
down_revision = "screening_0005"
branch_labels = None
depends_on = None

DDL = """
ALTER TABLE captures ADD COLUMN holds_pictures boolean NOT NULL DEFAULT false;
ALTER TABLE captures ADD COLUMN seller_erased_at timestamptz;
ALTER TABLE captures ADD COLUMN pictures_erased_at timestamptz;
ALTER TABLE capture_pictures ADD COLUMN erased boolean NOT NULL DEFAULT false;
UPDATE captures c SET holds_pictures = true WHERE hash IS NOT NULL AND EXISTS (
    SELECT FROM capture_pictures p WHERE p.capture_id = c.id AND p.sha256 IS NOT NULL AND p.evidence_id IS NULL
);
CREATE INDEX captures_with_seller ON captures (captured_at) WHERE seller_name IS NOT NULL;
CREATE INDEX captures_with_pictures ON captures (captured_at) WHERE holds_pictures;
DROP INDEX captures_number;
CREATE UNIQUE INDEX captures_number ON captures (number)
    WHERE seller_erased_at IS NULL AND pictures_erased_at IS NULL
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX captures_number")
    op.execute("DROP INDEX captures_with_pictures")
    op.execute("DROP INDEX captures_with_seller")
    op.execute("DELETE FROM captures WHERE seller_erased_at IS NOT NULL OR pictures_erased_at IS NOT NULL")
    op.execute("CREATE UNIQUE INDEX captures_number ON captures (number)")
    op.execute("ALTER TABLE capture_pictures DROP COLUMN erased")
    for column in ("pictures_erased_at", "seller_erased_at", "holds_pictures"):
        op.execute(f"ALTER TABLE captures DROP COLUMN {column}")
