"""Notifications: what a person is told, by which channel, and when."""
