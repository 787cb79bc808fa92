"""Command line of the simulator: ``fleet`` runs provisioned devices, ``key`` turns the key at one of them."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import uvloop

from firmware_sim.host import keypad_files
from firmware_sim.host.fleet import Fleet
from firmware_sim.host.fleet_options import add_fleet_options, fleet_options


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="firmware_sim", description="Simulated end points of Loa.")
    parser.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR")
    commands = parser.add_subparsers(dest="command", required=True)
    fleet = commands.add_parser("fleet", help="Run every provisioned device of a folder until SIGTERM.")
    add_fleet_options(fleet)
    key = commands.add_parser("key", help="Turn the key at a device of a running fleet; print what its keypad shows.")
    key.add_argument("--out", type=Path, required=True, help="The fleet's --out")
    key.add_argument("--device", required=True, help="Id of the device")
    key.add_argument("--choice", type=int, default=1, help="Number of the order, from 1 on")
    key.add_argument("--pin", required=True, help="PIN of a key holder")
    options = parser.parse_args(arguments)
    if options.command == "key":
        shown = keypad_files.turn(options.out, options.device, options.choice, options.pin)
        print(shown or "No answer: the fleet does not run, or the device is off.")
        return 0 if shown else 1
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvloop.run(Fleet(fleet_options(options)).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
