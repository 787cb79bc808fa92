"""Subscriptions of citizens to a commune: what they are sent, and when."""
