"""Who may work on tasks, and who may read them."""

from typing import Annotated

from shared.contracts.codes import AccountKind, Scope
from shared.runtime.identity import Caller, requires

Worker = Annotated[Caller, requires(Scope.TASKS_WORK, AccountKind.VENDOR, AccountKind.MARKETPLACE)]
Reader = Annotated[Caller, requires(Scope.TASKS_READ, AccountKind.VENDOR, AccountKind.MARKETPLACE)]
