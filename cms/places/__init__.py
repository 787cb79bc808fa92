"""Data sets of areas, and moving from one to the next."""
