"""Command line of the simulator: ``python -m firmware_sim fleet`` runs provisioned devices."""

from __future__ import annotations

import argparse
import logging
import sys

import uvloop

from firmware_sim.host.fleet import Fleet
from firmware_sim.host.fleet_options import add_fleet_options, fleet_options


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="firmware_sim", description="Simulated end points of Loa.")
    parser.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR")
    commands = parser.add_subparsers(dest="command", required=True)
    fleet = commands.add_parser("fleet", help="Run every provisioned device of a folder until SIGTERM.")
    add_fleet_options(fleet)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvloop.run(Fleet(fleet_options(options)).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
