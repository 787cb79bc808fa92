"""Broadcast sessions: programmes of an area at fixed times, with their items in a running order."""
