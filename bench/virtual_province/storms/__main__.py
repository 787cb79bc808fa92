"""``python -m bench.virtual_province.storms``: storms of orders, one for each seed, and one line of JSON."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from bench.virtual_province.storms.rounds import play
from bench.virtual_province.storms.stage import make_template


@click.command()
@click.option("--seeds", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many storms.")
@click.option("--first", default=1, show_default=True, help="The first seed.")
def main(*, seeds: int, first: int) -> None:
    """Let orders storm over a small province with a bad network, and compare every device's end with the rules."""
    logging.basicConfig(level=logging.CRITICAL)
    began_s, done, wrong, devices = time.perf_counter(), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory(prefix="loa-storm-") as folder:
        template = make_template(Path(folder) / "template")
        for seed in range(first, first + seeds):
            found = play(template, Path(folder) / "storm", seed)
            done.update(found.done)
            devices += found.devices
            wrong += bool(found.wrong)
            for what in found.wrong:
                click.echo(f"seed {seed}: {what}")
    seconds = round(time.perf_counter() - began_s, 1)
    line = {"ok": not wrong, "seeds": seeds, "wrong": wrong, "devices": devices, "done": dict(sorted(done.items()))}
    click.echo(json.dumps({**line, "seconds": seconds}))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
