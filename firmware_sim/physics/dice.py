"""Reproducible random numbers: one stream for each device and each thing left to chance."""

import random


def dice(seed: int, *names: object) -> random.Random:
    """Return a generator that depends on the seed and the names alone, and on no other generator."""
    return random.Random(":".join(map(str, (seed, *names))))  # noqa: S311 - a simulation, no secret
