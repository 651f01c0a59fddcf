"""Rules of one reviewer's answer, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.review.policies.clauses import Clause, PublishedVersion
from shared.contracts.codes import Outcome, ReasonCode, RightType
from shared.contracts.policy_codes import Demand
from shared.runtime.errors import FieldError, Unprocessable


class AnswerRefused(Unprocessable):
    """The answer does not hold together; see its errors."""

    code = "answer_refused"
    title = "The answer does not hold together"


class ClauseNotInForce(Unprocessable):
    """A cited clause is not in force for this right type."""

    code = "clause_not_in_force"
    title = "A cited clause is not in force for this right type"


class CodeNotAllowed(Unprocessable):
    """None of the cited clauses allows the reason code."""

    code = "code_not_allowed"
    title = "No cited clause allows this reason code"


@dataclass(frozen=True)
class Answer:
    """A reviewer's answer to a task."""

    outcome: Outcome
    code: ReasonCode | None
    clauses: tuple[str, ...]
    note: str | None
    seconds_spent: int
    right_type: RightType | None = None
    public_reason: str | None = None


@dataclass(frozen=True)
class Grounds:
    """The clauses that an answer rests on, each in JSON as it is cited, and the reason that its reporters are given."""

    citations: tuple[str, ...]
    public_reason: str | None


def cite(answer: Answer, right_type: RightType, published: PublishedVersion | None) -> Grounds:
    """The grounds of an answer, by the clauses as they stand now.

    Raises `AnswerRefused`, `ClauseNotInForce`, `CodeNotAllowed`, each with the place in the request.
    """
    _check_shape(answer, right_type)
    known: Mapping[str, Clause] = {} if published is None else published.clauses
    missing = [
        FieldError(f"/clauses/{i}", ClauseNotInForce.code, f"{code} is not in force for {right_type}.")
        for i, code in enumerate(answer.clauses)
        if code not in known
    ]
    if missing:
        raise ClauseNotInForce(errors=missing)
    cited = [known[code] for code in dict.fromkeys(answer.clauses)]
    if answer.code is not None and answer.outcome in _DECIDES and not _allowed(answer.outcome, answer.code, cited):
        message = f"{answer.code} is not among the codes of {', '.join(clause.code for clause in cited)}."
        raise CodeNotAllowed(errors=[FieldError("/code", CodeNotAllowed.code, message)])
    _check_demands(answer, cited)
    return Grounds(tuple(clause.citation for clause in cited), _reason(answer, cited))


def _check_demands(answer: Answer, cited: Sequence[Clause]) -> None:
    given = {Demand.NOTE: answer.note, Demand.PUBLIC_REASON: answer.public_reason}
    errors = [
        FieldError(f"/{demand}", f"{demand}_missing", f"{clause.code} asks for one with every judgement under it.")
        for clause in cited
        for demand in sorted(clause.demands)
        if (demand is Demand.NOTE or answer.outcome in _DECIDES) and not _says_something(given[demand])
    ]
    if errors:
        raise AnswerRefused(errors=errors)


def _reason(answer: Answer, cited: Sequence[Clause]) -> str | None:
    """Return the reviewer's own reason, else that of the clause by which the report is rejected."""
    if _says_something(answer.public_reason):
        return answer.public_reason
    if answer.outcome is not Outcome.REJECT or answer.code is None:
        return None
    texts = [clause.reporter_text for clause in cited if answer.code in clause.reject_codes]
    reason = next((text for text in texts if text is not None), None)
    if reason is None:
        message = "The clause has no text for the reporter: give the reason of the rejection in words meant for it."
        raise AnswerRefused(errors=[FieldError("/public_reason", "public_reason_missing", message)])
    return reason


def _says_something(text: str | None) -> bool:
    return text is not None and not text.isspace() and text != ""


_DECIDES = frozenset({Outcome.ACCEPT, Outcome.REJECT})


def _allowed(outcome: Outcome, code: ReasonCode, cited: Sequence[Clause]) -> bool:
    if outcome is Outcome.ACCEPT:
        return any(code in clause.accept_codes for clause in cited)
    return any(code in clause.reject_codes for clause in cited)


def _fits(outcome: Outcome, code: ReasonCode | None) -> bool:
    match outcome:
        case Outcome.ACCEPT:
            return code is not None and code.accepts
        case Outcome.REJECT:
            return code is not None and code.rejects and code is not ReasonCode.R_WRONG_RIGHT_TYPE
        case Outcome.NEEDS_INFORMATION:
            return code is not None and code.asks
        case Outcome.WRONG_RIGHT_TYPE:
            return code in (None, ReasonCode.R_WRONG_RIGHT_TYPE)
        case Outcome.ESCALATE:
            return code is None


_WANTED = {
    Outcome.ACCEPT: "an A_ code",
    Outcome.REJECT: "an R_ code other than R_WRONG_RIGHT_TYPE, for which there is the outcome wrong_right_type",
    Outcome.NEEDS_INFORMATION: "an N_ code",
    Outcome.WRONG_RIGHT_TYPE: "no code, or R_WRONG_RIGHT_TYPE",
    Outcome.ESCALATE: "no code",
}


def _check_shape(answer: Answer, right_type: RightType) -> None:
    errors = []
    if not _fits(answer.outcome, answer.code):
        errors.append(
            FieldError("/code", "code_of_other_outcome", f"{answer.outcome} takes {_WANTED[answer.outcome]}.")
        )
    if answer.outcome in _DECIDES and not answer.clauses:
        errors.append(FieldError("/clauses", "clause_missing", "A decision cites at least one clause."))
    reroutes = answer.outcome is Outcome.WRONG_RIGHT_TYPE
    if reroutes and answer.right_type is None:
        errors.append(FieldError("/right_type", "right_type_missing", "Say which right type the claim fits."))
    if reroutes and answer.right_type is right_type:
        errors.append(FieldError("/right_type", "right_type_same", f"The task is one of {right_type} already."))
    if not reroutes and answer.right_type is not None:
        errors.append(FieldError("/right_type", "right_type_unasked", f"{answer.outcome} takes no right type."))
    if answer.outcome is Outcome.ESCALATE and not _says_something(answer.note):
        errors.append(FieldError("/note", "note_missing", "Say in the note what the escalation desk is asked."))
    if answer.outcome not in _DECIDES and _says_something(answer.public_reason):
        message = f"{answer.outcome} takes no reason for the reporter."
        errors.append(FieldError("/public_reason", "public_reason_unasked", message))
    if errors:
        raise AnswerRefused(errors=errors)
