"""Requests to the outside: where they may go, and what of an answer is taken."""
