"""Registration numbers are compared in one normal form per office, which each right keeps beside its number."""

import sqlalchemy as sa
from alembic import op

from shared.contracts.codes import RightType
from shared.contracts.registration_numbers import normal_form

revision = "intake_0021"
down_revision = "intake_0020"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_NEXT = sa.text("""
SELECT id, office, type, registration_number FROM rights
WHERE registration_number IS NOT NULL AND id > :after ORDER BY id LIMIT :most
""")
_KEEP = sa.text("UPDATE rights SET number_key = :key WHERE id = :id")


def upgrade() -> None:
    op.execute("ALTER TABLE rights ADD COLUMN number_key text")
    connection, after = op.get_bind(), ""
    while rows := connection.execute(_NEXT, {"after": after, "most": _AT_ONCE}).all():
        keys = [{"id": one.id, "key": normal_form(one.office, RightType(one.type), one[3])} for one in rows]
        connection.execute(_KEEP, keys)
        after = rows[-1].id
    op.execute("DROP INDEX rights_by_number")
    op.execute("CREATE INDEX rights_by_number ON rights (account_id, number_key) WHERE number_key IS NOT NULL")
    op.execute("DROP INDEX rights_meant_by_number")
    op.execute("""
        CREATE INDEX rights_meant_by_number ON rights (number_key, office)
        WHERE state = 'verified' AND held_as = 'owner' AND number_key IS NOT NULL
    """)


def downgrade() -> None:
    op.execute("DROP INDEX rights_meant_by_number")
    op.execute("""
        CREATE INDEX rights_meant_by_number ON rights (registration_number, office)
        WHERE state = 'verified' AND held_as = 'owner' AND registration_number IS NOT NULL
    """)
    op.execute("DROP INDEX rights_by_number")
    op.execute("""
        CREATE INDEX rights_by_number ON rights (account_id, registration_number) WHERE registration_number IS NOT NULL
    """)
    op.execute("ALTER TABLE rights DROP COLUMN number_key")
