"""Simulated systems beside the demo: ``python -m bench.demo`` runs a central system or a radio station, on loopback."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from bench.demo import central_system, radio


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.demo", description="Simulated systems around Loa.")
    commands = parser.add_subparsers(dest="command", required=True)
    above = commands.add_parser("central", help="A central source system on loopback until SIGTERM.")
    above.add_argument("--port", type=int, required=True, help="Port to listen on")
    above.add_argument("--token-file", type=Path, default=None, help="File with the bearer token that it requires")
    above.add_argument("--bulletins", type=Path, default=None, help="JSON list of the bulletins that it sends down")
    above.add_argument("--kept", type=Path, default=None, help="File that keeps deliveries over restarts; a line each")
    above.set_defaults(run=_run_central)
    source = commands.add_parser("relay-source", help="A radio programme on loopback until SIGTERM: a tone.")
    source.add_argument("--port", type=int, required=True, help="Port to listen on")
    source.add_argument("--hz", type=int, default=440, help="Frequency of the tone")
    source.set_defaults(run=lambda options: radio.run(options.port, _until_stopped(), hz=options.hz))
    options = parser.parse_args(arguments)
    options.run(options)
    return 0


def _until_stopped() -> threading.Event:
    """Return an event that SIGTERM or Ctrl-C sets."""
    stopping = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopping.set())
    return stopping


def _run_central(options: argparse.Namespace) -> None:
    stopping = _until_stopped()
    sent = [] if options.bulletins is None else json.loads(options.bulletins.read_text(encoding="utf-8"))
    token = "" if options.token_file is None else options.token_file.read_text(encoding="utf-8")
    central = central_system.Central(token=token, sent=sent, kept=options.kept)
    central_system.run(central, options.port, stopping)


if __name__ == "__main__":
    sys.exit(main())
