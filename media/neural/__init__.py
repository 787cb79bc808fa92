"""Voices that the operator supplies as folders, laid out as their projects publish them."""
