"""What a reviewer is shown beside the task: earlier rounds, earlier decisions, where a re-routed task was to go.

And the reasons that reporters are given, and which versions of policies the project brought.
"""

from alembic import op

revision = "review_0005"
down_revision = "review_0004"
branch_labels = None
depends_on = None

_FIRST_PACK = "The first pack, as the project brings it."
_SUBJECT = {"marketplace": "text", "listing_id": "text", "seller_id": "text", "right_key": 'text COLLATE "C"'}


def upgrade() -> None:
    op.execute("LOCK TABLE tasks, judgements, decisions")  # in the order in which judging locks them
    op.execute("ALTER TABLE judgements ADD COLUMN public_reason text, ADD COLUMN next_right_type text")
    op.execute("ALTER TABLE tasks ADD COLUMN seller_id text, ADD COLUMN searched_right_type text")
    op.execute("ALTER TABLE decisions ADD COLUMN public_reason text")
    for column, kind in _SUBJECT.items():
        op.execute(f"ALTER TABLE decisions ADD COLUMN {column} {kind}")
    # What was decided before is filled in by the service, some rows at a time; these indexes begin empty.
    op.execute("CREATE INDEX decisions_without_subject ON decisions (id) WHERE marketplace IS NULL")
    op.execute(
        "CREATE INDEX decisions_of_listing ON decisions (marketplace, listing_id, decided_at) "
        "WHERE marketplace IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX decisions_of_seller ON decisions (marketplace, seller_id, decided_at) WHERE seller_id IS NOT NULL"
    )
    # One key, so that a planner without statistics does not take the index of the seller, and read all of it.
    op.execute(
        'CREATE INDEX decisions_of_right ON decisions ((ARRAY[right_key, marketplace COLLATE "C", seller_id COLLATE "C"]), '
        "decided_at) WHERE seller_id IS NOT NULL"
    )
    op.execute("ALTER TABLE policy_versions ADD COLUMN pack integer")
    op.execute("ALTER TABLE policy_versions DISABLE TRIGGER policy_versions_stand")
    op.execute(f"UPDATE policy_versions SET pack = 1 WHERE number = 1 AND note = '{_FIRST_PACK}'")
    op.execute("ALTER TABLE policy_versions ENABLE TRIGGER policy_versions_stand")


def downgrade() -> None:
    op.execute("ALTER TABLE policy_versions DROP COLUMN pack")
    for column in ("public_reason", *_SUBJECT):
        op.execute(f"ALTER TABLE decisions DROP COLUMN {column}")
    op.execute("ALTER TABLE tasks DROP COLUMN seller_id, DROP COLUMN searched_right_type")
    op.execute("ALTER TABLE judgements DROP COLUMN public_reason, DROP COLUMN next_right_type")
