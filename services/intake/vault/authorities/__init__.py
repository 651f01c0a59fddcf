"""Authorities: the documents by which an account acts under rights that are not its own."""
