"""Options of a fleet, and their names on the command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_sim.sound.loudspeaker import RING_MS

EVERY_DEVICE: Final = "all"


@dataclass(frozen=True)
class FleetOptions:
    """Options of a fleet. ``audio``: ids of devices that really sound (``all``: every one); the others only keep time.

    ``card``: the ALSA device on which they are heard as well; empty: WAV files only. With a card no device is
    simulated, and none is measured; without one ``seed`` chooses the devices.
    """

    bundles: Path
    flash: Path
    out: Path
    audio: frozenset[str] = frozenset()
    limit: int = 0
    status: Path | None = None
    rate_hz: int = 48_000
    ring_ms: int = RING_MS
    card: str = ""
    seed: int = 1
    reconnect_s: tuple[float, float] = (1.0, 120.0)


def add_fleet_options(fleet: argparse.ArgumentParser) -> None:
    """Add the options of a fleet to a command."""
    fleet.add_argument("--bundles", type=Path, required=True, help="Folder of provisioning folders")
    fleet.add_argument("--flash", type=Path, required=True, help="Folder of the devices' flash, one folder an id")
    fleet.add_argument("--out", type=Path, required=True, help="Folder of WAV files and truth logs, one folder an id")
    fleet.add_argument("--audio", default="", help="Ids, comma-separated, that sound for real; all: every device")
    fleet.add_argument("--limit", type=int, default=0, help="Only the first N devices; 0: all")
    fleet.add_argument("--status", type=Path, default=None, help="Status file: devices and connected devices, as JSON")
    fleet.add_argument("--rate", type=int, default=48_000, help="Samples a second of the WAV files")
    fleet.add_argument("--ring-ms", type=int, default=RING_MS, help="Length of the sound cards' rings")
    fleet.add_argument("--card", default="", help="ALSA device that plays those that sound: default, hw:1,0")
    fleet.add_argument("--reconnect-s", type=float, nargs=2, default=(1.0, 120.0), metavar=("LEAST", "MOST"))


def fleet_options(options: argparse.Namespace) -> FleetOptions:
    """Return the options of a fleet that were given on the command line."""
    return FleetOptions(
        bundles=options.bundles,
        flash=options.flash,
        out=options.out,
        audio=frozenset(filter(None, options.audio.split(","))),
        limit=options.limit,
        status=options.status,
        rate_hz=options.rate,
        ring_ms=options.ring_ms,
        card=options.card,
        reconnect_s=(options.reconnect_s[0], options.reconnect_s[1]),
    )
