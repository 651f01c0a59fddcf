"""Clocks: deadlines that run, stand and run on, on days of the calendar or on business days only."""
