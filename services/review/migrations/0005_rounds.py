"""Reasons for the reporter, where a re-routed task went, and which versions of policies the project brought."""

from alembic import op

revision = "review_0005"
down_revision = "review_0004"
branch_labels = None
depends_on = None

_FIRST_PACK = "The first pack, as the project brings it."


def upgrade() -> None:
    op.execute("ALTER TABLE judgements ADD COLUMN public_reason text, ADD COLUMN next_right_type text")
    op.execute("ALTER TABLE decisions ADD COLUMN public_reason text")
    op.execute("ALTER TABLE policy_versions ADD COLUMN pack integer")
    op.execute("ALTER TABLE policy_versions DISABLE TRIGGER policy_versions_stand")
    op.execute(f"UPDATE policy_versions SET pack = 1 WHERE number = 1 AND note = '{_FIRST_PACK}'")
    op.execute("ALTER TABLE policy_versions ENABLE TRIGGER policy_versions_stand")


def downgrade() -> None:
    op.execute("ALTER TABLE policy_versions DROP COLUMN pack")
    op.execute("ALTER TABLE decisions DROP COLUMN public_reason")
    op.execute("ALTER TABLE judgements DROP COLUMN public_reason, DROP COLUMN next_right_type")
