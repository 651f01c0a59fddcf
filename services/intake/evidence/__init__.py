"""Evidence: what a file really is, and the copy of it that others than its owner may see."""
