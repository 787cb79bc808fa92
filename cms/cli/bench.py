"""``loa bench``: speed as figures and ratios; never part of the test suite."""

from __future__ import annotations

import click

from cms.cli.bench_alert import alert
from cms.cli.bench_audio import audio
from cms.cli.bench_fanout import fanout
from cms.cli.bench_floods import floods
from cms.cli.bench_ingest import ingest
from cms.cli.bench_live import live
from cms.cli.bench_plan import plan
from cms.cli.bench_screens import screens
from cms.cli.bench_speech import speech
from cms.cli.bench_starve import starve
from cms.cli.bench_telemetry import telemetry


@click.group()
def bench() -> None:
    """Measure; --json prints rows of metric, n, value, unit, baseline, ratio."""


bench.add_command(plan)
bench.add_command(fanout)
bench.add_command(alert)
bench.add_command(ingest)
bench.add_command(floods)
bench.add_command(live)
bench.add_command(screens)
bench.add_command(audio)
bench.add_command(speech)
bench.add_command(starve)
bench.add_command(telemetry)
