"""Benchmarks, chaos tests, the demo and the virtual province: part of a clone, not of the installed server."""
