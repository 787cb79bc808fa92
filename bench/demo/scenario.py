"""Fault scenario of the simulator beside the demo: its fleet has the faults of the field (docs/simulator.md)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import click

from bench.demo.world import World


def tell(name: str, say: Callable[[str], None]) -> None:
    """Print the faults that the scenario will inject into the fleet, with their times.

    Raises click.ClickException: there is no such scenario, or a fleet cannot play it.
    """
    command = [sys.executable, "-m", "firmware_sim", "scenario", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.strip())
    say(done.stdout.rstrip())


def befalling(world: World, name: str) -> World:
    """Return the same world, whose fleet plays the scenario from its start on; an empty name: no faults."""
    return replace(world, options=(*world.options, "--scenario", name)) if name else world
