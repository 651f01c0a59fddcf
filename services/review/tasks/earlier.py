"""The SQL of what came before a task: its rounds that have ended, and decisions about its listing, seller and right."""

from shared.runtime.statements import sql_utc

COUNTED, LAST = 100, 5
"""How many earlier decisions of a kind are counted, at most, and how many of them are shown."""


_ROUNDS = f"""
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'round', j.round, 'outcome', j.outcome, 'code', j.code, 'right_type', j.right_type,
        'next_right_type', j.next_right_type, 'note', j.note, 'judged_at', {sql_utc("j.judged_at")}
        ) ORDER BY j.round, j.id)::text AS judgements
    FROM judgements j WHERE t.round > 1 AND j.task_id = t.id AND j.round < t.round
) e ON true
"""


def _decisions(name: str, of: str) -> str:
    return f"""
LEFT JOIN LATERAL (
    SELECT json_build_object(
        'accepted', count(*) FILTER (WHERE d.verdict = 'accepted'),
        'rejected', count(*) FILTER (WHERE d.verdict = 'rejected'),
        'last', json_agg(json_build_object(
            'decision_id', d.id, 'listing_id', d.listing_id, 'right_type', d.right_type, 'verdict', d.verdict,
            'code', d.code, 'decided_at', {sql_utc("d.decided_at")}) ORDER BY d.n) FILTER (WHERE d.n <= {LAST})
    )::text AS found
    FROM (SELECT p.id, p.listing_id, p.right_type, p.verdict, p.code, p.decided_at,
                 row_number() OVER (ORDER BY p.decided_at DESC) AS n
          FROM decisions p WHERE {of} AND p.task_id <> t.id ORDER BY p.decided_at DESC LIMIT {COUNTED}) d
    HAVING count(*) > 0
) {name} ON true
"""


def _right_and_seller(table: str) -> str:
    """The key of the index `decisions_of_right`."""
    return f'ARRAY[{table}.right_key, {table}.marketplace COLLATE "C", {table}.seller_id COLLATE "C"]'


EARLIER = (
    _ROUNDS
    + _decisions("hl", "p.marketplace = t.marketplace AND p.listing_id = t.listing_id")
    + _decisions("hs", "p.marketplace = t.marketplace AND p.seller_id = t.seller_id")
    + _decisions("hr", f"{_right_and_seller('p')} = {_right_and_seller('t')} AND p.seller_id IS NOT NULL")
)
"""To be joined to tasks `t`: the judgements of rounds that have ended, and what was decided before about the listing,
about its seller, and about this right with that seller."""
