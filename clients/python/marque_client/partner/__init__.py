"""The command line `marque-partner`: reports from a file, followed and answered, and events at a local address."""
