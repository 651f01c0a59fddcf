"""The operator's command line: `marque`."""
