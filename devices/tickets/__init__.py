"""Tickets: work on devices, its origin, its holder, and the tests to make at the pole."""
