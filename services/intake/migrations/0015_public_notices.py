"""Notices by people without an account: what they say, the tokens they were sent, and the mails on their way."""

from alembic import op

revision = "intake_0015"
down_revision = "intake_0014"
branch_labels = None
depends_on = None

_NOTICES = """
CREATE TABLE public_notices (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('awaiting_confirmation', 'filed', 'handed_on', 'completed')),
    version integer NOT NULL DEFAULT 1,
    email text,
    email_hash bytea NOT NULL,
    address_hash bytea,
    language text NOT NULL,
    body jsonb NOT NULL,
    listings jsonb NOT NULL,
    report_id text COLLATE "C",
    verdict text,
    code text,
    note text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    completed_at timestamptz
);
CREATE INDEX public_notices_by_address ON public_notices (address_hash, created_at) WHERE address_hash IS NOT NULL;
CREATE INDEX public_notices_by_email ON public_notices (email_hash, created_at);
CREATE INDEX public_notices_unconfirmed ON public_notices (expires_at) WHERE state = 'awaiting_confirmation';
CREATE INDEX public_notices_over ON public_notices (completed_at) WHERE state = 'completed' AND email IS NOT NULL;
CREATE INDEX public_notices_reports ON public_notices (report_id) WHERE report_id IS NOT NULL;
CREATE TABLE public_notice_tokens (
    hash bytea PRIMARY KEY,
    notice_id text COLLATE "C" NOT NULL REFERENCES public_notices (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('confirm', 'status'))
);
CREATE INDEX public_notice_tokens_of_notice ON public_notice_tokens (notice_id);
CREATE TABLE mails (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id text COLLATE "C" NOT NULL REFERENCES public_notices (id) ON DELETE CASCADE,
    letter text NOT NULL CHECK (letter IN ('confirm', 'receipt', 'outcome')),
    tries integer NOT NULL DEFAULT 0,
    error text,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX mails_due ON mails (due_at);
CREATE INDEX mails_of_notice ON mails (notice_id);
CREATE INDEX rights_meant_by_number ON rights (registration_number) WHERE state = 'verified';
CREATE INDEX rights_by_title ON rights (lower(title)) WHERE state = 'verified';
"""


def upgrade() -> None:
    for statement in filter(str.strip, _NOTICES.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX rights_by_title")
    op.execute("DROP INDEX rights_meant_by_number")
    for table in ("mails", "public_notice_tokens", "public_notices"):
        op.execute(f"DROP TABLE {table}")
