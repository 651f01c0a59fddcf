"""Parsing: a free-text notice as a draft report, with what the law misses in it."""
