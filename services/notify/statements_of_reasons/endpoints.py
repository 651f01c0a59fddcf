"""Statements of reasons over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.notify.statements_of_reasons.decisions import Asking, NoRestriction, statement_of_reasons
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import DecisionId
from shared.runtime.errors import NotFound
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["decisions"])

Keyword = Annotated[str, Field(max_length=100, pattern="^[A-Z0-9_]+$")]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", max_length=10)]
Short = Annotated[str, Field(max_length=500)]


class StatementOfReasonsOut(Output):
    """As the EU's DSA Transparency Database takes it: one restriction and its reasons (DSA Art. 17 and 24(5))."""

    decision_visibility: Annotated[list[Keyword], Field(min_length=1, max_length=10)]
    decision_ground: Literal["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
    illegal_content_legal_ground: Short | None = None
    illegal_content_explanation: Annotated[str, Field(max_length=2000)] | None = None
    incompatible_content_ground: Short | None = None
    incompatible_content_explanation: Annotated[str, Field(max_length=2000)] | None = None
    category: Keyword
    category_specification: Annotated[list[Keyword], Field(max_length=20)]
    category_specification_other: Short | None = None
    content_type: Annotated[list[Keyword], Field(min_length=1, max_length=10)]
    content_type_other: Short | None = None
    content_date: Date = Field(description="The day on which the platform first knew of the content")
    application_date: Date = Field(description="The day on which the restriction took effect")
    decision_facts: Annotated[str, Field(min_length=1, max_length=5000)]
    territorial_scope: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=30)] | None = None
    source_type: Literal["SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION"]
    automated_detection: Literal["Yes", "No"]
    automated_decision: Keyword
    puid: Annotated[str, Field(max_length=500, pattern="^[a-zA-Z0-9_-]+$")]


@routes.get(
    "/v1/decisions/{decision_id}/statement-of-reasons",
    operation_id="get_statement_of_reasons",
    summary="Get a decision's statement of reasons",
    response_model=StatementOfReasonsOut,
    response_model_exclude_none=True,
    responses=responses(NotFound, NoRestriction),
)
async def get_statement_of_reasons(
    decision_id: DecisionId, session: Session, caller: Annotated[Caller, requires(Scope.DECISIONS_READ)]
) -> dict[str, Any]:
    """Why a listing was restricted, for its seller and for the EU's database; without personal data.

    Reporters see it for decisions on what they reported, the operator and regulators for all. A decision that rejects a
    report restricts nothing, and has no statement.
    """
    sees_all = caller.is_operator or caller.kind is AccountKind.REGULATOR
    return await statement_of_reasons(session, decision_id, Asking(caller.account_id, sees_all))
