"""Chaos tests: faults at random moments, and the promises that have to hold all the same."""
