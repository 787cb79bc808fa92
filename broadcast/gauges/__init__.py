"""Gauges of rain and water: plausibility of what they report, and the limits at which an alert is drafted."""
