"""Authorities, renewals, reminders that are told once, and the authority that a report was filed under."""

from alembic import op

revision = "intake_0014"
down_revision = "intake_0013"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE rights
    ADD COLUMN held_as text NOT NULL DEFAULT 'owner' CHECK (held_as IN ('owner', 'agent', 'licensee')),
    ADD COLUMN renewal jsonb,
    ADD COLUMN reminded_of date,
    ADD COLUMN reminded_days integer;
CREATE INDEX rights_by_number ON rights (account_id, registration_number) WHERE registration_number IS NOT NULL;
ALTER TABLE reports
    ADD COLUMN authority_id text COLLATE "C",
    ADD COLUMN authority_version integer;
"""

# Who gave an authority and who owns a right are the same where their names are, however they are spaced and cased.
_AUTHORITIES = r"""
CREATE FUNCTION party_key(party jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(regexp_replace(party ->> 'name', '\s+', ' ', 'g'));
CREATE TABLE authorities (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'verified', 'rejected', 'expired', 'revoked')),
    version integer NOT NULL,
    principal jsonb NOT NULL,
    right_ids text[] COLLATE "C",
    right_types text[] NOT NULL,
    territories text[] NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    evidence_id text COLLATE "C",
    rejection_code text,
    rejection_note text,
    verified_at timestamptz,
    reminded_of date,
    reminded_days integer,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX authorities_of_account ON authorities (account_id, id DESC);
CREATE INDEX authorities_by_state ON authorities (state, id DESC);
CREATE INDEX authorities_in_force ON authorities (account_id, id DESC) WHERE state = 'verified';
CREATE INDEX authorities_naming ON authorities USING gin (right_ids);
CREATE INDEX authorities_of_principal ON authorities (account_id, party_key(principal)) WHERE right_ids IS NULL;
CREATE TABLE authority_versions (
    authority_id text COLLATE "C" NOT NULL REFERENCES authorities (id),
    version integer NOT NULL,
    snapshot jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (authority_id, version)
);
CREATE FUNCTION authority_versions_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a version of an authority is immutable'; END $$;
CREATE TRIGGER authority_versions_stand BEFORE UPDATE ON authority_versions
    FOR EACH ROW EXECUTE FUNCTION authority_versions_stand();
"""


def upgrade() -> None:
    for ddl in (_COLUMNS, _AUTHORITIES):
        for statement in filter(str.strip, ddl.split(";\n")):
            op.execute(statement)


def downgrade() -> None:
    for table in ("authority_versions", "authorities"):
        op.execute(f"DROP TABLE {table}")
    for function in ("authority_versions_stand()", "party_key(jsonb)"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP INDEX rights_by_number")
    for column in ("authority_id", "authority_version"):
        op.execute(f"ALTER TABLE reports DROP COLUMN {column}")
    for column in ("held_as", "renewal", "reminded_of", "reminded_days"):
        op.execute(f"ALTER TABLE rights DROP COLUMN {column}")
