"""A portfolio: many rights put into the vault from one file."""
