"""Restores of a small province at random instants: afterwards devices and server agree on every order and setting."""
