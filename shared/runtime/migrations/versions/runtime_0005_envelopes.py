"""Envelopes of events made in SQL, for statements that record their events themselves."""

from alembic import op

revision = "runtime_0005"
down_revision = "runtime_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE OR REPLACE FUNCTION event_envelope(
    id text, source text, type text, at text, subject text, account text, traceparent text, data json
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
    'specversion', '1.0', 'id', id, 'source', source, 'type', type, 'time', at, 'datacontenttype', 'application/json',
    'subject', subject, 'marqueaccount', account, 'traceparent', nullif(traceparent, ''), 'data', data
)::text
""")


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS event_envelope")
