"""Statements about the registrations of rights."""

from typing import Final, NamedTuple

from shared.runtime.statements import Query

MOST_CONFLICTS: Final = 50
"""Rights that are named as conflicting with one; where there are more, some are rejected first."""

_SAME: Final = """
o.number_key = rights.number_key AND o.office = rights.office AND o.type = rights.type
AND o.state IN ('pending', 'verified') AND rights.state <> 'expired'"""
# One owner is written with and without the dots of "G.m.b.H.", in capitals or not.
_OWNER: Final = r"regexp_replace(lower(normalize({of}.owner ->> 'name', NFKC)), '[\s.,;''\u2019-]+', '', 'g')"
_CONFLICTING: Final = f"""{_SAME}
AND o.account_id <> rights.account_id AND {_OWNER.format(of="o")} <> {_OWNER.format(of="rights")}"""
_DECIDED: Final = "coalesce(rights.conflict_decision -> 'rights' ? o.id, false)"


class SameRegistration(NamedTuple):
    """A right, the first record of its registration in the same vault, and those of other owners elsewhere."""

    id: str
    first: str | None
    conflicts_with: list[str]
    undecided: list[str]


SAME_REGISTRATION: Final = Query(
    "same_registration",
    f"""
SELECT rights.id, first.id AS first, others.ids AS conflicts_with, others.undecided
FROM rights
LEFT JOIN LATERAL (
    SELECT o.id FROM rights o WHERE {_SAME} AND o.account_id = rights.account_id ORDER BY o.state DESC, o.id LIMIT 1
) first ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(c.id ORDER BY c.decided, c.id), '{{}}') AS ids,
           coalesce(array_agg(c.id ORDER BY c.id) FILTER (WHERE NOT c.decided), '{{}}') AS undecided
    FROM (
        SELECT o.id, {_DECIDED} AS decided FROM rights o WHERE {_CONFLICTING}
        ORDER BY decided, o.id LIMIT {MOST_CONFLICTS}
    ) c
) others
WHERE rights.id = ANY(:ids::text[]) AND rights.number_key IS NOT NULL
""",
    SameRegistration,
    hot=True,
)

IN_CONFLICT: Final = (
    f"EXISTS (SELECT FROM rights o WHERE {_CONFLICTING} AND NOT {_DECIDED} AND rights.state <> 'rejected')"
)
"""The condition, of a selection from `rights`, that the operator has still to decide about a right."""
