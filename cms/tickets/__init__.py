"""Tickets: work on devices, opened, taken, checked and closed; the server resolves those whose cause has ended."""
