"""Internal tools that read and publish events: the table of them, and what the broker lets each do."""
