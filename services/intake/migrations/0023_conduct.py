"""What filing goes by of a reporter's standing, which is another service's from now on; what was sent of reports.

The tables of before stay, for processes of before go on with them until they are replaced; a later version drops them.
A suspension in force holds from the first moment, everything else as soon as it is told.
"""

from alembic import op

revision = "intake_0023"
down_revision = "intake_0022"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE reporter_ratings (
    account_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    tier text COLLATE "C" NOT NULL,
    max_open_items integer,
    max_filings_a_day integer,
    accuracy jsonb,
    suspended_until timestamptz,
    suspended_version integer
);
INSERT INTO reporter_ratings (account_id, version, tier, suspended_until)
SELECT account_id, 0, 'new', suspended_until FROM reporter_conduct WHERE suspended_until > now();
CREATE TABLE newcomer_limits (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL,
    max_open_items integer,
    max_filings_a_day integer
);
CREATE TABLE traced_until (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    report_id text COLLATE "C" NOT NULL,
    key bytea NOT NULL
);
INSERT INTO traced_until (report_id, key)
SELECT report_id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM looked_at
"""


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("traced_until", "newcomer_limits", "reporter_ratings"):
        op.drop_table(table)
