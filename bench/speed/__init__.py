"""Benchmarks: speed as figures and ratios, never part of the test suite."""
