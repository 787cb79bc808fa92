"""Commands in virtual time, each in a process: ``cms`` imports no simulator."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def month(options: tuple[str, ...]) -> None:
    """Compare the server's view with the ground truth, over a month of faults (--help: its options)."""
    done = subprocess.run([sys.executable, "-m", "bench.virtual_province", *options], check=False)
    sys.exit(done.returncode)


@click.command("air-session", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def air_session(options: tuple[str, ...]) -> None:
    """Air a broadcast session on a virtual fleet, and compare what sounded with its order (--help: its options)."""
    done = subprocess.run([sys.executable, "-m", "bench.virtual_province.session", *options], check=False)
    sys.exit(done.returncode)


@click.command("chaos-restore", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def chaos_restore(options: tuple[str, ...]) -> None:
    """Lose the server at random instants, restore its back-up, and compare it with every device (--help: options)."""
    done = subprocess.run([sys.executable, "-m", "bench.virtual_province.restores", *options], check=False)
    sys.exit(done.returncode)


@click.command("chaos-storm", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def chaos_storm(options: tuple[str, ...]) -> None:
    """Let orders storm within a second, and compare every device's end with the rules (--help: its options)."""
    done = subprocess.run([sys.executable, "-m", "bench.virtual_province.storms", *options], check=False)
    sys.exit(done.returncode)
