"""Fault scenario of the simulator beside the demo: its fleet has the faults of the field (docs/simulator.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import click

from bench.demo.world import World
from bench.scenarios import reader


def tell(name: str, say: Callable[[str], None]) -> None:
    """Print the faults that the scenario will inject into the fleet, with their times.

    Raises click.ClickException: there is no such scenario, or a fleet cannot play it.
    """
    try:
        scenario = reader.in_real_time(name)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    for line in reader.timetable(scenario):
        say(line)


def befalling(world: World, name: str) -> World:
    """Return the same world, whose fleet plays the scenario from its start on; an empty name: no faults."""
    if not name:
        return world
    return replace(world, simulator="bench.scenarios", options=(*world.options, "--scenario", name))
