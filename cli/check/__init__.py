"""Reads every service's database and tells whether what Marque promises is true of it."""
