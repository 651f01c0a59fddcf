"""Notifiers without an account are asked and told by mail, and may withdraw; the rights that they mean are found at once.

Thousands of rights may have one title, and agents keep the rights of others once more: only the owner's are meant. That
the index by number says it holds numbers keeps a planner without statistics from reading all of it for a title.
"""

from alembic import op

revision = "intake_0017"
down_revision = "intake_0016"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE public_notices DROP CONSTRAINT public_notices_state_check;
ALTER TABLE public_notices ADD CONSTRAINT public_notices_state_check
    CHECK (state IN ('awaiting_confirmation', 'filed', 'handed_on', 'completed', 'withdrawn'));
ALTER TABLE mails DROP CONSTRAINT mails_letter_check;
ALTER TABLE mails ADD CONSTRAINT mails_letter_check
    CHECK (letter IN ('confirm', 'receipt', 'question', 'reminder', 'closed', 'withdrawn', 'outcome'));
DROP INDEX public_notices_over;
CREATE INDEX public_notices_over ON public_notices (completed_at) WHERE completed_at IS NOT NULL AND email IS NOT NULL;
DROP INDEX rights_by_title;
CREATE INDEX rights_meant_by_title ON rights (lower(title), lower(owner ->> 'name'))
    WHERE state = 'verified' AND held_as = 'owner';
DROP INDEX rights_meant_by_number;
CREATE INDEX rights_meant_by_number ON rights (registration_number, office)
    WHERE state = 'verified' AND held_as = 'owner' AND registration_number IS NOT NULL;
"""
_DOWN = """
DROP INDEX rights_meant_by_number;
CREATE INDEX rights_meant_by_number ON rights (registration_number) WHERE state = 'verified';
DROP INDEX rights_meant_by_title;
CREATE INDEX rights_by_title ON rights (lower(title)) WHERE state = 'verified';
DROP INDEX public_notices_over;
CREATE INDEX public_notices_over ON public_notices (completed_at) WHERE state = 'completed' AND email IS NOT NULL;
DELETE FROM mails WHERE letter IN ('question', 'reminder', 'closed', 'withdrawn');
ALTER TABLE mails DROP CONSTRAINT mails_letter_check;
ALTER TABLE mails ADD CONSTRAINT mails_letter_check CHECK (letter IN ('confirm', 'receipt', 'outcome'));
UPDATE public_notices SET state = 'completed' WHERE state = 'withdrawn';
ALTER TABLE public_notices DROP CONSTRAINT public_notices_state_check;
ALTER TABLE public_notices ADD CONSTRAINT public_notices_state_check
    CHECK (state IN ('awaiting_confirmation', 'filed', 'handed_on', 'completed'));
"""


def upgrade() -> None:
    _run(_UP)


def downgrade() -> None:
    _run(_DOWN)


def _run(statements: str) -> None:
    for statement in filter(str.strip, statements.split(";\n")):
        op.execute(statement)
