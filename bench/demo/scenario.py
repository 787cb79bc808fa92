"""A scenario of the simulator's beside the demo: its fleet has all that goes wrong on poles (docs/simulator.md)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import click

from bench.demo.world import World


def tell(name: str, say: Callable[[str], None]) -> None:
    """What will befall the fleet, and when.

    Raises click.ClickException: there is no such scenario, or a fleet cannot play it.
    """
    command = [sys.executable, "-m", "firmware_sim", "scenario", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.strip())
    say(done.stdout.rstrip())


def befalling(world: World, name: str) -> World:
    """The same world, whose fleet plays it from its start on; empty: nothing befalls it."""
    return replace(world, options=(*world.options, "--scenario", name)) if name else world
