"""The SQL of policies."""

from shared.runtime.statements import Query, Statement

IN_FORCE = """
LEFT JOIN LATERAL (
    SELECT p.id AS policy_id, v.number AS policy_version
    FROM policies p JOIN policy_versions v ON v.policy_id = p.id
    WHERE p.right_type = t.right_type AND v.state = 'published' AND v.effective_from <= :now
    ORDER BY v.effective_from DESC, v.number DESC LIMIT 1
) f ON true
"""
"""To be joined to tasks `t`: `f.policy_id` and `f.policy_version` say what is in force for each at `:now`."""

LOAD_POLICY = Statement(
    "load_policy",
    """
INSERT INTO policies (id, right_type, title, version, created_at, updated_at)
VALUES (:id, :right_type, :title, 0, :now, :now) ON CONFLICT (right_type) DO NOTHING
""",
)

# A pack follows nothing but an earlier pack: whoever has written a version, or a draft, goes on with that.
LOAD_PACK = Statement(
    "load_pack",
    """
WITH loaded AS (
    INSERT INTO policy_versions (policy_id, number, state, note, clauses, effective_from, published_at, created_at,
                                 pack)
    SELECT p.id, coalesce(max(v.number), 0) + 1, 'published', :note, :clauses::text::jsonb, :now, :now, :now, :pack
    FROM policies p LEFT JOIN policy_versions v ON v.policy_id = p.id
    WHERE p.right_type = :right_type GROUP BY p.id
    HAVING coalesce(bool_and(v.pack < :pack), true) AND count(v.number) = count(v.pack)
    RETURNING policy_id
)
UPDATE policies SET version = version + 1, updated_at = :now WHERE id IN (SELECT policy_id FROM loaded)
""",
)

CLAUSES_OF = Query(
    "clauses_of", "SELECT clauses::text FROM policy_versions WHERE policy_id = :policy_id AND number = :number", str
)
