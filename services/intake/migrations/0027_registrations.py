"""One registration is found in every vault, and what the operator decides between its owners is kept."""

from alembic import op

revision = "intake_0027"
down_revision = "intake_0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE rights ADD COLUMN conflict_decision jsonb")
    op.execute("ALTER TABLE right_versions ADD COLUMN conflict_decision jsonb")
    op.execute("""
        CREATE INDEX rights_of_registration ON rights (number_key, office, type, account_id, state DESC, id)
        WHERE state IN ('pending', 'verified') AND number_key IS NOT NULL
    """)


def downgrade() -> None:
    op.execute("DROP INDEX rights_of_registration")
    op.execute("ALTER TABLE right_versions DROP COLUMN conflict_decision")
    op.execute("ALTER TABLE rights DROP COLUMN conflict_decision")
