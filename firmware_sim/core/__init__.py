"""Device core of the reference firmware: events and time in, effects out. No I/O, no clock, no randomness."""
