"""Limits over HTTP: how much of the platform an account uses, and how much it may."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from services.intake.accounts import limits
from services.intake.accounts.limits import Limited
from services.intake.resources import CurrentService
from shared.contracts.codes import Scope
from shared.contracts.ids import AccountId
from shared.runtime.errors import NotFound
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["accounts"])
Reading = Annotated[Caller, requires(Scope.REPORTS_READ)]
Amount = Annotated[int, Field(ge=0, le=10**15)]


class UseOut(Output):
    """How much an account uses of one thing at this moment, and how much it may."""

    name: Limited
    used: Amount
    limit: Amount
    own: bool = Field(description="Whether the operator has set this limit for the account; else it is the default")


class LimitsInUseOut(Output):
    """Everything that is limited. Who would pass a limit is answered 422 `limit_reached`."""

    account_id: AccountId
    data: Annotated[list[UseOut], Field(max_length=10)]


@routes.get(
    "/v1/limits", summary="Read the limits of an account", operation_id="read_limits", responses=responses(NotFound)
)
async def read_limits(
    caller: Reading,
    session: Session,
    service: CurrentService,
    account_id: Annotated[AccountId | None, Query(description="The operator's choice; your own unless given")] = None,
) -> LimitsInUseOut:
    """How much you use of what is limited, and how much you may. The operator sets limits with the account."""
    whose = account_id or caller.account_id
    if not caller.owns(whose):
        raise NotFound
    found = await limits.use_of(session, whose, service.resources.limits)
    return LimitsInUseOut(account_id=whose, data=[UseOut.model_validate(use) for use in found])
