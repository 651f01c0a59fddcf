"""What the tests move: parcels, those timers that go with them, and what has been counted."""

from shared.runtime.moves import Move, Rows

MOVE = Move(
    "parcels",
    source="giver",
    inbox=True,
    rows=(
        Rows("parcels"),
        Rows("weights", "SELECT id AS parcel_id, length(label) AS label_length FROM parcels"),
        Rows("timers", "SELECT * FROM timers WHERE kind = 'parcel_due'"),
    ),
)
