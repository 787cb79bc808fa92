"""Chance that comes again: one stream of numbers for each device and each thing that is left to chance."""

from __future__ import annotations

import random


def dice(seed: int, *names: object) -> random.Random:
    """A generator that depends on the seed and the names alone, and on no other generator."""
    return random.Random(":".join(map(str, (seed, *names))))  # noqa: S311 - a simulation, no secret
