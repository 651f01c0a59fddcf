"""Which items wait for their outcome, in Python and in SQL: what counts against a limit, and stops a second report."""

from shared.contracts.codes import ItemState
from shared.runtime.statements import sql_list

OPEN_ITEM_STATES = (ItemState.RECEIVED, ItemState.QUEUED, ItemState.IN_REVIEW, ItemState.NEEDS_INFORMATION)
OPEN_IN_SQL = sql_list(OPEN_ITEM_STATES)
"""For `state IN (...)`."""
