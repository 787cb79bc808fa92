"""``loa bench``: speed as figures and ratios; never part of the test suite."""

from __future__ import annotations

import click

from bench.alert_report import alert_report
from bench.conformance.command import conformance
from bench.pace.command import officer
from bench.speed.alert import alert
from bench.speed.audio import audio
from bench.speed.audit import audit
from bench.speed.brokers import brokers
from bench.speed.fanout import fanout
from bench.speed.floods import floods
from bench.speed.gauges import gauges
from bench.speed.idle import idle
from bench.speed.ingest import ingest
from bench.speed.lighthouse import lighthouse
from bench.speed.live import live
from bench.speed.neighbours import neighbours
from bench.speed.plan import plan
from bench.speed.ready import ready
from bench.speed.reconnect import reconnect
from bench.speed.restore import restore
from bench.speed.screens import screens
from bench.speed.speaking import speaking
from bench.speed.speech import speech
from bench.speed.standing import standing
from bench.speed.starve import starve
from bench.speed.telemetry import telemetry
from bench.speed.token import token
from bench.voice.commands import voice_tuning
from bench.writing.command import interruptions


@click.group()
def bench() -> None:
    """Measure; --json prints rows of metric, n, value, unit, baseline, ratio."""


bench.add_command(plan)
bench.add_command(fanout)
bench.add_command(alert)
bench.add_command(alert_report)
bench.add_command(idle)
bench.add_command(lighthouse)
bench.add_command(brokers)
bench.add_command(reconnect)
bench.add_command(conformance)
bench.add_command(ingest)
bench.add_command(floods)
bench.add_command(gauges)
bench.add_command(live)
bench.add_command(neighbours)
bench.add_command(ready)
bench.add_command(screens)
bench.add_command(audio)
bench.add_command(audit)
bench.add_command(speech)
bench.add_command(speaking)
bench.add_command(standing)
bench.add_command(starve)
bench.add_command(telemetry)
bench.add_command(token)
bench.add_command(restore)
bench.add_command(voice_tuning)
bench.add_command(interruptions)
bench.add_command(officer)
