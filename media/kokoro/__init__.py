"""Kokoro-82M made to speak Vietnamese: sounds by rule, durations and pitch set as numbers (adr 0055)."""
