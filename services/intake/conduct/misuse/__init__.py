"""Misuse of notices as it shows in many reports: suspicions for people to look at, never decisions."""
