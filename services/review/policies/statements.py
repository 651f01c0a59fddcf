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

# Replicas that start at once meet at the right type's uniqueness: one makes the policy, the others leave it.
LOAD_POLICY = Statement(
    "load_policy",
    """
WITH made AS (
    INSERT INTO policies (id, right_type, title, version, created_at, updated_at)
    VALUES (:id, :right_type, :title, 1, :now, :now) ON CONFLICT (right_type) DO NOTHING RETURNING id
)
INSERT INTO policy_versions (policy_id, number, state, note, clauses, effective_from, published_at, created_at)
SELECT id, 1, 'published', :note, :clauses::text::jsonb, :now, :now, :now FROM made
""",
)

CLAUSES_OF = Query(
    "clauses_of", "SELECT clauses::text FROM policy_versions WHERE policy_id = :policy_id AND number = :number", str
)
