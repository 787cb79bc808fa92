"""The device's mind without a body: events and ``now`` go in, effects come out. No I/O, no clock, no randomness."""
