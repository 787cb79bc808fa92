"""``loa bench starve``: an alert while all that can starve the server does so at once, against the same in quiet.

Gateway, broker, both web processes and their front are the real ones. A round has the parts of an officer's approval: a
request through the front to the web process of alerts, which reads and writes the database (``/health/ready``), then
the commit of the order, then the last of the swarm's sirens. It is bounded: a number of rounds, each with a deadline.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import click

from bench.speed.alert_field import AlertField, alert_field
from bench.speed.field import (
    BenchError,
    SwarmProcesses,
    alone,
    free_port,
    furnish,
    running_broker,
    running_programs,
    running_swarm,
)
from bench.speed.hostile import HostileDevices
from bench.speed.rows import Row, print_rows
from bench.speed.stalled_connections import Hammer, StalledConnections, kinds
from cms.accounts.model import TokenScope
from cms.accounts.service import users
from cms.accounts.service.passwords import Passwords, random_password
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.web import security
from province.areas import AreaId
from province.people import Grant, Role, program

PAUSE_S: Final = 1.5
SETTLE_S: Final = 8.0
"""Stalled connections meet the front's deadlines after 10 s; a flood's backlog has begun by then."""
PROOFS_S: Final = 2.5
DEADLINE_S: Final = 60.0
CONTENT_BYTES: Final = 20_000_000
BY: Final = program("bench")


@click.command()
@click.option("--devices", default=1000, show_default=True, help="Devices that sound the alert.")
@click.option("--hostile", default=5, show_default=True, help="Devices that flood.")
@click.option("--stalled", default=100, show_default=True, help="Stalled connections of each kind.")
@click.option("--preflights", default=4, show_default=True, help="Threads that ask for preflights without end.")
@click.option("--rounds", default=5, show_default=True, help="Alerts in quiet, and as many under attack.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def starve(
    *, devices: int, hostile: int, stalled: int, preflights: int, rounds: int, processes: int, as_json: bool
) -> None:
    """Measure an alert under stalled connections, hostile devices and endless preflights, against one in quiet."""
    plan = _Plan(devices, hostile, stalled, preflights, rounds, processes)
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0, alert_tone_ms=30_000)
        print_rows(_rows(settings, plan), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Numbers of devices, hostile devices, stalled connections, preflights, rounds and swarm processes."""

    devices: int
    hostile: int
    stalled: int
    preflights: int
    rounds: int
    processes: int


def _rows(settings: Settings, plan: _Plan) -> Iterator[Row]:
    devices, hostile, rounds = plan.devices, plan.hostile, plan.rounds
    keyring = Keyring.ensure(settings)
    furnish(settings, keyring, devices)
    ids = [f"bench-{number:05}" for number in range(devices, devices + hostile)]
    with (
        running_broker(settings),
        alert_field(settings, devices + hostile) as field,
        running_swarm(settings, devices, plan.processes) as swarm,
    ):
        swarm.connect_s()
        with HostileDevices(settings, keyring, ids) as flood, field.gateway(), _web(settings):
            ask = _preflight(field.context)
            path = f"/content/{field.context.content.put_bytes(os.urandom(CONTENT_BYTES))}"
            quiet = [_round(settings, swarm, field, number) for number in range(rounds)]
            with ExitStack() as attack:
                held = attack.enter_context(
                    StalledConnections(settings.web_host, settings.web_port, kinds(path), plan.stalled)
                )
                asked = attack.enter_context(Hammer(ask, plan.preflights))
                flood.go()
                threading.Event().wait(SETTLE_S)
                starved = [_round(settings, swarm, field, rounds + number) for number in range(rounds)]
                count = held.held
                flood.stop()
    for name, at in (("ready_ms", 0), ("siren_ms", 1), ("approval_to_siren_ms", 2)):
        before = statistics.median(each[at] for each in quiet)
        under = statistics.median(each[at] for each in starved)
        yield Row(f"quiet_{name}", devices, round(before, 1), "ms")
        yield Row.against(f"starved_{name}", devices, under, "ms", baseline=before)
    yield Row("stalled_held", 4 * plan.stalled, count, "")
    yield Row("stalled_opened", 4 * plan.stalled, held.opened, "")
    yield Row("preflights_answered", plan.preflights, asked.done, "")
    yield Row("messages_sent", hostile, flood.sent, "")


def _round(settings: Settings, swarm: SwarmProcesses, field: AlertField, number: int) -> tuple[float, float, float]:
    """Return the ms of the request, of the commit to the last siren, and of both together."""
    swarm.arm(2 * number, bare=False)
    threading.Event().wait(PAUSE_S)
    began_s = time.monotonic()
    _require_answer(settings)
    ready_ms = (time.monotonic() - began_s) * 1000
    order_id, committed_ns = field.approve()
    siren_ms = (swarm.round().last_ns - committed_ns) / 1e6
    threading.Event().wait(PAUSE_S)
    swarm.arm(2 * number + 1, bare=False)
    field.cancel(order_id)
    swarm.round()
    # Devices send their records within two seconds, and have a receipt for each.
    threading.Event().wait(PROOFS_S)
    # The commit itself waits for the database's lock, which is where a flood is felt.
    return ready_ms, siren_ms, (committed_ns / 1e9 - began_s) * 1000 + siren_ms


def _require_answer(settings: Settings) -> None:
    """Ask ``/health/ready``, which says 503 here as there are no workers; an answer it must be."""
    asked = urllib.request.Request(f"http://{settings.web_host}:{settings.web_port}/health/ready")
    asked.add_header("Authorization", f"Bearer {security.metrics_token(settings.keys_dir)}")
    try:
        with urllib.request.urlopen(asked, timeout=DEADLINE_S) as answer:  # noqa: S310 - ours
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    except OSError as error:
        raise BenchError(f"/health/ready does not answer: {error}") from error
    codes = {each["code"] for each in found["reasons"]}
    if any(code.startswith("DATABASE") for code in codes):
        raise BenchError(f"/health/ready says {sorted(codes)}")


def _preflight(context: Context) -> Callable[[], object]:
    """Return a function that asks for the preflight of a bulletin that airs daily, through the front."""
    login, now = "bench-editor", context.now()
    area_id = AreaId("bench-area")
    with context.uow() as unit:
        users.add_user(
            unit,
            Passwords(),
            new_id=context.new_id(),
            login=login,
            name="Bench",
            password=random_password(),
            grants=(Grant(Role.PROVINCE_EDITOR, area_id),),
            now=now,
            by=BY,
        )
        _, token = users.create_token(
            unit,
            login,
            token_id=context.new_id(),
            name="bench",
            lasts=timedelta(days=1),
            now=now,
            by=BY,
            scopes=list(TokenScope),
        )
        unit.commit()
    client = ApiClient(context.settings.effective_public_url, token, patience_s=5)
    draft = {
        "title": "Bench",
        "text": "Xin chào",
        "targets": {"areas": [area_id]},
        "schedules": [{"starts": f"{now:%Y-%m-%d}T05:00:00", "rrule": "FREQ=DAILY"}],
    }
    path = f"/bulletins/{client.post('/bulletins', draft).body['id']}/preflight"
    return lambda: client.get(path)


def _web(settings: Settings) -> AbstractContextManager[None]:
    """Run both web processes and the front."""
    names = {"web", "urgent_web", "front"}
    chosen = [each for each in embedded.programs(settings, APP_DIR) if each.name in names]
    return running_programs(chosen, settings.log_dir)
