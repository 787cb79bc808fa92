"""Scenarios of fault injection, as YAML: targets, times, faults and their lengths."""
