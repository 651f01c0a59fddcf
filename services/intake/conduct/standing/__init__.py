"""A reporter's standing: what became of its notices of late, which tier that makes, and what follows from misuse."""
