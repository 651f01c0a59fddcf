"""The life of a delivery, as one table."""

from enum import StrEnum, unique


@unique
class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset(
        {DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.CANCELLED}
    ),
    DeliveryState.DELIVERED: frozenset({DeliveryState.PENDING}),
    DeliveryState.DEAD: frozenset({DeliveryState.PENDING}),
    DeliveryState.CANCELLED: frozenset(),
}
"""Transitions of a delivery: a settled one can be redelivered, unless its endpoint is gone."""


def may_become(state: DeliveryState, target: DeliveryState) -> bool:
    return target in TRANSITIONS[state]
