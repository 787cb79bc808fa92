"""Data sets of areas, and reforms from one to the next; rules, contacts and outlines of areas."""
