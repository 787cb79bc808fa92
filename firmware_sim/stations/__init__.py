"""Simulated district station and central source system."""
