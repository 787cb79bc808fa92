"""Command line of scenarios in real time: ``python -m bench.scenarios`` lists their faults or plays them on a fleet."""

from __future__ import annotations

import argparse
import logging
import sys

import uvloop

from bench.scenarios import reader
from bench.scenarios.fleet import ScenarioFleet
from bench.scenarios.reader import Scenario
from firmware_sim.host.fleet_options import add_fleet_options, fleet_options


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.scenarios", description="Faults of a fleet in real time.")
    parser.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING or ERROR")
    commands = parser.add_subparsers(dest="command", required=True)
    timetable = commands.add_parser("list", help="List the faults of a scenario for a fleet in real time, and when.")
    timetable.add_argument("scenario", help="A name or a YAML file")
    timetable.set_defaults(run=_list)
    fleet = commands.add_parser("fleet", help="Run a fleet as python -m firmware_sim fleet does, with faults.")
    fleet.add_argument("--scenario", required=True, help="Faults from the start on: a scenario's name or a YAML file")
    add_fleet_options(fleet)
    fleet.set_defaults(run=_run_fleet)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        scenario = reader.in_real_time(options.scenario)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    return int(options.run(options, scenario))


def _list(_options: argparse.Namespace, scenario: Scenario) -> int:
    for line in reader.timetable(scenario):
        print(line)
    return 0


def _run_fleet(options: argparse.Namespace, scenario: Scenario) -> int:
    if options.card:
        print("a scenario acts on simulated boxes, --card has none: leave out one of them", file=sys.stderr)
        return 2
    uvloop.run(ScenarioFleet(fleet_options(options), scenario).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
