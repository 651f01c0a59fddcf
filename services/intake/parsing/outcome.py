"""How a process that reads notices says whether it read one."""

READ, REFUSED = b"+", b"-"
"""First byte of an answer: before the notice as JSON, or before the reason why it was not read."""
