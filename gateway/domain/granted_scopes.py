"""Which scopes a client gets: none that its maker lacks, and a sensible set for its kind of account by default."""

from collections.abc import Sequence

from shared.contracts.codes import PLANNED_SCOPES, AccountKind, Scope
from shared.runtime.errors import FieldError, Forbidden
from shared.runtime.identity import Caller

_EVERYONE = (Scope.POLICIES_READ, Scope.DECISIONS_READ, Scope.EVENTS_READ, Scope.WEBHOOKS_MANAGE)

DEFAULT_SCOPES: dict[AccountKind, tuple[Scope, ...]] = {
    AccountKind.BRAND: (
        Scope.RIGHTS_WRITE,
        Scope.REPORTS_WRITE,
        Scope.ESCALATIONS_READ,
        *_EVERYONE,
    ),
    AccountKind.VENDOR: (Scope.TASKS_WORK, *_EVERYONE),
    AccountKind.MARKETPLACE: (
        Scope.RIGHTS_WRITE,
        Scope.REPORTS_WRITE,
        Scope.TASKS_MANAGE,
        Scope.POLICIES_WRITE,
        Scope.ESCALATIONS_MANAGE,
        Scope.LISTINGS_WRITE,
        Scope.ACCOUNTS_READ,
        Scope.DECISIONS_READ,
        Scope.EVENTS_READ,
        Scope.WEBHOOKS_MANAGE,
    ),
    AccountKind.REGULATOR: (Scope.REPORTS_WRITE, *_EVERYONE),
}


class ScopeNotHeld(Forbidden):
    """The caller would hand out, or take over, scopes that it does not hold itself."""

    code = "scope_not_held"
    title = "A client cannot be given scopes that its maker lacks"


def require_may_grant(caller: Caller, scopes: Sequence[str]) -> None:
    """Raises `ScopeNotHeld` where the caller lacks one of these; what guards nothing, nobody needs to hold."""
    needed = [(place, Scope(scope)) for place, scope in enumerate(scopes) if scope not in PLANNED_SCOPES]
    lacking = [(place, scope) for place, scope in needed if not caller.may(scope)]
    if lacking:
        raise ScopeNotHeld(
            errors=[
                FieldError(f"/scopes/{place}", "scope_not_held", f"You do not hold {scope}.")
                for place, scope in lacking
            ]
        )


def default_scopes(kind: AccountKind, caller: Caller) -> list[Scope]:
    """The scopes of a client for which none were named: the usual ones of its kind, as far as the caller holds them."""
    return [scope for scope in DEFAULT_SCOPES[kind] if caller.may(scope)]
