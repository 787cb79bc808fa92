"""Nouns that every subject shares: areas, people and their rights, time, events, errors. Pure."""
