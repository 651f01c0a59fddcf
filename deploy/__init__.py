"""How Marque is started and shipped."""
