"""Relays: stream of a radio programme, its track on a sound card, and a programme to relay."""
