"""Command line of the load generators, for ``loa bench``: ``python -m bench.load`` runs swarms and floods."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import uvloop

from bench.load import crowd, hostile, telemetry
from bench.load.swarm import Swarm
from bench.load.swarm_device import SwarmFolder


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.load", description="Load of thousands of devices.")
    parser.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR")
    commands = parser.add_subparsers(dest="command", required=True)
    swarm = commands.add_parser("swarm", help="Thousands of devices for measuring; see bench/load/swarm.py.")
    swarm.add_argument("--folder", type=Path, required=True, help="swarm.json, ca.pem, keyset.jws, devices/*.pem")
    swarm.add_argument("--first", type=int, default=0, help="Leave out this many devices")
    swarm.add_argument("--limit", type=int, required=True, help="How many devices")
    swarm.set_defaults(run=_run_swarm)
    sender = commands.add_parser("heartbeats", help="Telemetry of many devices; see bench/load/telemetry.py.")
    sender.add_argument("--folder", type=Path, required=True, help="ca.pem, sender-*.pem")
    sender.add_argument("--devices", type=int, required=True, help="How many devices")
    _add_broker(sender)
    sender.set_defaults(run=lambda each: telemetry.run_from(each.folder, each.host, each.port, each.devices))
    flood = commands.add_parser("hostile", help="Devices that flood the server; see bench/load/hostile.py.")
    flood.add_argument("--folder", type=Path, required=True, help="ca.pem, and {id}.pem of each device")
    flood.add_argument("--rate", type=float, default=20.0, help="Messages a second of each device")
    _add_broker(flood)
    flood.set_defaults(run=lambda each: hostile.run_from(each.folder, each.host, each.port, each.rate))
    clients = commands.add_parser("crowd", help="Clients of the web in great number; see bench/load/crowd.py.")
    clients.add_argument("--folder", type=Path, required=True, help="crowd.json")
    clients.set_defaults(run=lambda each: crowd.run_from(each.folder))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return int(options.run(options))


def _add_broker(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="The broker's")
    command.add_argument("--port", type=int, required=True, help="The broker's")


def _run_swarm(options: argparse.Namespace) -> int:
    place = SwarmFolder.read(options.folder, options.first, options.limit)

    async def run() -> None:
        await Swarm(place).run()

    uvloop.run(run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
