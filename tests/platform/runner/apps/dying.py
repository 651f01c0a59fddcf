"""A service that cannot be imported, as one with a wrong setting."""

raise SystemExit("the setting is wrong")
