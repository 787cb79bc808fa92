"""Command line of the simulator: ``python -m firmware_sim`` runs fleets, swarms, scenarios and measurements."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import signal
import sys
import threading
from pathlib import Path

import uvloop

from firmware_sim.host.fleet import Fleet, FleetOptions
from firmware_sim.load import hostile, telemetry
from firmware_sim.load.swarm import Swarm
from firmware_sim.load.swarm_device import SwarmFolder
from firmware_sim.relays import radio as relay_source
from firmware_sim.scenarios import reader
from firmware_sim.scenarios.fault import to_ms
from firmware_sim.scenarios.reader import Scenario
from firmware_sim.sound.decoder import DecodeError
from firmware_sim.sound.loudspeaker import RING_MS
from firmware_sim.sound.measure import NotRecordedError, measure
from firmware_sim.stations import central


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="firmware_sim", description="Simulated end points of Loa.")
    parser.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_fleet(commands)
    _add_swarm(commands)
    _add_measure(commands)
    _add_central(commands)
    _add_relay_source(commands)
    _add_heartbeats(commands)
    _add_hostile(commands)
    _add_scenario(commands)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return int(options.run(options))


def _add_fleet(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fleet = commands.add_parser("fleet", help="Run every provisioned device of a folder until SIGTERM.")
    fleet.add_argument("--bundles", type=Path, required=True, help="Folder of provisioning folders")
    fleet.add_argument("--flash", type=Path, required=True, help="Folder of the devices' flash, one folder an id")
    fleet.add_argument("--out", type=Path, required=True, help="Folder of WAV files and truth logs, one folder an id")
    fleet.add_argument("--audio", default="", help="Ids, comma-separated, that sound for real; all: every device")
    fleet.add_argument("--limit", type=int, default=0, help="Only the first N devices; 0: all")
    fleet.add_argument("--status", type=Path, default=None, help="Status file: devices and connected devices, as JSON")
    fleet.add_argument("--rate", type=int, default=48_000, help="Samples a second of the WAV files")
    fleet.add_argument("--ring-ms", type=int, default=RING_MS, help="Length of the sound cards' rings")
    fleet.add_argument("--card", default="", help="ALSA device that plays those that sound: default, hw:1,0")
    fleet.add_argument("--scenario", default="", help="Faults from the start on: a scenario's name or a YAML file")
    fleet.add_argument("--reconnect-s", type=float, nargs=2, default=(1.0, 120.0), metavar=("LEAST", "MOST"))
    fleet.set_defaults(run=_run_fleet)


def _add_swarm(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    swarm = commands.add_parser("swarm", help="Thousands of devices for measuring; see firmware_sim/load/swarm.py.")
    swarm.add_argument("--folder", type=Path, required=True, help="swarm.json, ca.pem, keyset.jws, devices/*.pem")
    swarm.add_argument("--first", type=int, default=0, help="Leave out this many devices")
    swarm.add_argument("--limit", type=int, required=True, help="How many devices")
    swarm.set_defaults(run=_run_swarm)


def _add_measure(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    heard = commands.add_parser("measure", help="Compare what a device sounded with a content; prints JSON.")
    heard.add_argument("--heard", type=Path, required=True, help="The device's folder of WAV files")
    heard.add_argument("--reference", type=Path, required=True, help="The content (any audio file)")
    heard.add_argument("--planned-at-ms", type=int, required=True, help="The planned instant, ms UTC")
    heard.set_defaults(run=_run_measure)


def _add_central(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    above = commands.add_parser("central", help="A central source system on loopback until SIGTERM.")
    above.add_argument("--port", type=int, required=True, help="Port to listen on")
    above.add_argument("--token-file", type=Path, default=None, help="File with the bearer token that it requires")
    above.add_argument("--bulletins", type=Path, default=None, help="JSON list of the bulletins that it sends down")
    above.add_argument("--kept", type=Path, default=None, help="File that keeps deliveries over restarts; a line each")
    above.set_defaults(run=_run_central)


def _add_relay_source(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    source = commands.add_parser("relay-source", help="A radio programme on loopback until SIGTERM: a tone.")
    source.add_argument("--port", type=int, required=True, help="Port to listen on")
    source.add_argument("--hz", type=int, default=440, help="Frequency of the tone")
    source.set_defaults(run=_run_relay_source)


def _add_heartbeats(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sender = commands.add_parser("heartbeats", help="Telemetry of many devices; see firmware_sim/load/telemetry.py.")
    sender.add_argument("--folder", type=Path, required=True, help="ca.pem, sender-*.pem")
    sender.add_argument("--host", default="127.0.0.1", help="The broker's")
    sender.add_argument("--port", type=int, required=True, help="The broker's")
    sender.add_argument("--devices", type=int, required=True, help="How many devices")
    sender.set_defaults(run=_run_heartbeats)


def _add_hostile(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sender = commands.add_parser("hostile", help="Devices that flood the server; see firmware_sim/load/hostile.py.")
    sender.add_argument("--folder", type=Path, required=True, help="ca.pem, and {id}.pem of each device")
    sender.add_argument("--host", default="127.0.0.1", help="The broker's")
    sender.add_argument("--port", type=int, required=True, help="The broker's")
    sender.add_argument("--rate", type=float, default=20.0, help="Messages a second of each device")
    sender.set_defaults(run=lambda options: hostile.run_from(options.folder, options.host, options.port, options.rate))


def _add_scenario(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scenario = commands.add_parser("scenario", help="List the faults of a scenario for a fleet in real time, and when.")
    scenario.add_argument("name", help="A name or a YAML file")
    scenario.set_defaults(run=_run_scenario)


def _run_scenario(options: argparse.Namespace) -> int:
    scenario = _scenario(options.name)
    print(f"{scenario.name}: {scenario.lasts} from the start of the fleet")
    for fault in sorted(scenario.faults, key=lambda fault: to_ms(fault.at)):
        until = f"for {fault.lasts}" if fault.lasts else "to the end"
        print(f"  at {fault.at:>6} {fault.kind}, {until}")
    return 0


def _scenario(name: str) -> Scenario:
    """Read a scenario; print why and exit with status 2 where it cannot be played."""
    try:
        return reader.in_real_time(name)
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in reader.FOLDER.glob("*.yaml")))
        problem = f"there is no scenario and no file {name}; those that come with the simulator: {known}"
    except ValueError as error:
        problem = str(error)
    print(problem, file=sys.stderr)
    raise SystemExit(2)


def _run_heartbeats(options: argparse.Namespace) -> int:
    return telemetry.run_from(options.folder, options.host, options.port, options.devices)


def _run_relay_source(options: argparse.Namespace) -> int:
    relay_source.run(options.port, _until_stopped(), hz=options.hz)
    return 0


def _until_stopped() -> threading.Event:
    """Return an event that SIGTERM or Ctrl-C sets."""
    stopping = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopping.set())
    return stopping


def _run_central(options: argparse.Namespace) -> int:
    stopping = _until_stopped()
    sent = [] if options.bulletins is None else json.loads(options.bulletins.read_text(encoding="utf-8"))
    token = "" if options.token_file is None else options.token_file.read_text(encoding="utf-8")
    central.run(central.Central(token=token, sent=sent, kept=options.kept), options.port, stopping)
    return 0


def _run_fleet(options: argparse.Namespace) -> int:
    if options.card and options.scenario:
        print("--scenario acts on simulated boxes, --card has none: leave out one of them", file=sys.stderr)
        return 2
    fleet = FleetOptions(
        bundles=options.bundles,
        flash=options.flash,
        out=options.out,
        audio=frozenset(filter(None, options.audio.split(","))),
        limit=options.limit,
        status=options.status,
        rate_hz=options.rate,
        ring_ms=options.ring_ms,
        card=options.card,
        scenario=_scenario(options.scenario) if options.scenario else None,
        reconnect_s=(options.reconnect_s[0], options.reconnect_s[1]),
    )
    uvloop.run(Fleet(fleet).run())
    return 0


def _run_swarm(options: argparse.Namespace) -> int:
    place = SwarmFolder.read(options.folder, options.first, options.limit)

    async def run() -> None:
        await Swarm(place).run()

    uvloop.run(run())
    return 0


def _run_measure(options: argparse.Namespace) -> int:
    try:
        heard = measure(options.heard, options.reference, options.planned_at_ms)
    except (NotRecordedError, DecodeError) as error:
        print(json.dumps({"error": str(error)}))
        return 1
    print(json.dumps({**dataclasses.asdict(heard), "path": str(heard.path)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
