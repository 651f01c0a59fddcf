"""The SQL by which a right is read together with the authorities that it stands on."""

from shared.contracts.authority_codes import AuthorityState
from shared.runtime.statements import sql_list

_MOST = 50
_FIELDS = (
    "a.id, a.version, a.state, a.right_types, a.territories, a.valid_from, a.valid_to, "
    "a.principal ->> 'country' AS country"
)
_STATES = (AuthorityState.VERIFIED, AuthorityState.EXPIRED, AuthorityState.REVOKED)
_HELD = f"a.verified_at IS NOT NULL AND a.state IN ({sql_list(_STATES)})"
_FIRST = f"ORDER BY a.state = 'verified' DESC, a.id DESC LIMIT {_MOST}"

AT_HAND = f"""
to_jsonb(r) || CASE WHEN r.held_as = 'owner' THEN '{{}}'::jsonb ELSE jsonb_build_object('authorities', ARRAY(
    SELECT to_jsonb(t) FROM (
        (SELECT {_FIELDS}, true AS covers_right
         FROM (SELECT * FROM authorities WHERE right_ids @> ARRAY[r.id] OFFSET 0) a
         WHERE a.account_id = r.account_id AND {_HELD} {_FIRST})
        UNION ALL
        (SELECT {_FIELDS}, true FROM authorities a
         WHERE a.account_id = r.account_id AND a.right_ids IS NULL AND party_key(a.principal) = party_key(r.owner)
            AND coalesce(a.principal ->> 'country' = r.owner ->> 'country', true) AND {_HELD} {_FIRST})
        UNION ALL
        (SELECT {_FIELDS}, false FROM authorities a
         WHERE a.account_id = r.account_id AND a.state = 'verified' LIMIT 1)
    ) t
)) END
"""
"""The SQL expression of a `RightAtHand`, for the row `r` of a right.

The authorities that name the right or are of its owner, those in force first; the last one says whether there is any.
Those that name it are found by that alone (`OFFSET 0`): a planner without statistics would read all of the account's.
"""
