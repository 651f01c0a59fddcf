"""The SQL of imports of rights."""

from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class RightByNumber(NamedTuple):
    """A registered right of an account's vault."""

    id: str
    type: str
    office: str
    number_key: str


RIGHTS_BY_NUMBER = Query(
    "rights_by_number",
    """
SELECT id, type, office, number_key FROM rights
WHERE account_id = :account_id AND number_key = ANY(:number_keys::text[])
""",
    RightByNumber,
)

ADD_RIGHTS = Statement(
    "add_rights",
    """
WITH made AS (INSERT INTO rights SELECT * FROM jsonb_populate_recordset(NULL::rights, :rights))
INSERT INTO right_versions (right_id, version, snapshot, created_at)
SELECT s ->> 'id', 1, s, :now FROM jsonb_array_elements(:versions) AS s
""",
)
