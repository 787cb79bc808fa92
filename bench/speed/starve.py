"""``loa bench starve``: an alert while all that can starve the server does so at once, against the same in quiet.

Everything of ``loa up`` on the way of a person's request runs as in production: broker, gateway, the web processes and
their front, queue and workers. A round is an approval: an officer with the alert's page open presses the button, and
the swarm sounds its sirens. The loads: readers at 10 kB/s and connections that stall, open pages of an alert in force,
uploads at 2 Mbit/s each, a report of a year again and again, preflights of the whole province without end, and devices
that flood. Clients run at the lowest priority in one process: what they cost is not the server's. The everyday pages
of the console are asked for all the while, one after the other.

It is bounded: a number of rounds, each with a deadline. Of fewer than 100 rounds the p99 is the slowest.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final, Self

import click
import msgspec
import urllib3

from bench.load.crowd import CrowdPlan
from bench.percentiles import percentile
from bench.ports import free_port
from bench.second_person import SecondPerson, stored
from bench.signing import local_keyring
from bench.speed.alert_field import AlertField, alert_field
from bench.speed.field import BenchError, SwarmProcesses, alone, furnish, running_broker, running_swarm
from bench.speed.flood_order import SECOND, add_officers, ready_alert
from bench.speed.hostile import HostileDevices
from bench.speed.processor_shares import cpu_by_program
from bench.speed.rows import Row, print_rows
from bench.speed.simulator import SimulatorProcess
from bench.speed.stalled_connections import StalledConnections, kinds
from bench.speed.starve_office import StarvedOffice, furnish_office
from bench.speed.watched_programs import watched_programs
from broadcast.alerts.model import Alert, AlertId, AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.sound import discard_prepared
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings

PAUSE_S: Final = 0.6
SETTLE_S: Final = 10.0
"""Stalled connections meet the front's deadlines after 10 s; a flood's backlog has begun by then."""
PROOFS_S: Final = 6.0
"""Devices send their records, and have a receipt for each; then the processor is again the office's and the attack's.

An alert every few seconds is no part of the attack, and a thousand simulated devices share the server's two cores.
"""
WARM_UP: Final = 2
"""Rounds that are not counted: programs load and plan their first time."""
DEADLINE_S: Final = 60.0
CONTENT_BYTES: Final = 20_000_000
CONSOLE_BAR_MS: Final = 200.0
CONSOLE_PAUSE_S: Final = 0.2
COMMUNES: Final = 124
PROGRAMS: Final = {
    "/urgent_web.sock": "urgent_web",
    "/background_web.sock": "background_web",
    "/web.sock": "web",
    "nginx": "front",
    "media.kokoro": "voice",
    "celery": "worker",
    "mosquitto": "broker",
    "cms.platform.cli gateway": "gateway",
    "bench.load crowd": "crowd",
    "bench.load hostile": "hostile",
    "bench.load swarm": "swarm",
    "-server": "queue",
}
"""Part of a command line → program, for its share of a core during the attack."""


@dataclass(frozen=True, slots=True)
class StarvePlan:
    """Numbers of everything."""

    devices: int
    hostile: int
    readers: int
    stalled: int
    pages: int
    uploads: int
    preflights: int
    reports: bool
    rounds: int
    processes: int


@click.command()
@click.option("--devices", default=1000, show_default=True, help="Devices that sound the alert.")
@click.option("--hostile", default=5, show_default=True, help="Devices that flood.")
@click.option("--readers", default=500, show_default=True, help="Readers of a large file at 10 kB/s.")
@click.option("--stalled", default=50, show_default=True, help="Stalled connections of each kind.")
@click.option("--pages", default=500, show_default=True, help="Open pages of an alert in force.")
@click.option("--uploads", default=50, show_default=True, help="Uploads at once.")
@click.option("--preflights", default=4, show_default=True, help="Preflights of the province asked for at once.")
@click.option("--reports/--no-reports", default=True, show_default=True, help="A report of a year, again and again.")
@click.option("--rounds", default=30, show_default=True, help="Alerts in quiet, and as many under attack.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def starve(*, as_json: bool, **numbers: int) -> None:
    """Measure alerts and the console under everything that starves the server, against the same in quiet."""
    plan = msgspec.convert(numbers, StarvePlan)
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0, alert_tone_ms=30_000)
        print_rows(_rows(settings, plan), as_json=as_json)


def _rows(settings: Settings, plan: StarvePlan) -> Iterator[Row]:
    devices, hostile = plan.devices, plan.hostile
    communes = min(COMMUNES, devices)
    keyring = local_keyring(settings)
    furnish(settings, keyring, devices, settings.effective_public_url, communes=communes)
    ids = [f"bench-{number:05}" for number in range(devices, devices + hostile)]
    with (
        running_broker(settings),
        alert_field(settings, devices + hostile, communes) as field,
        running_swarm(settings, devices, plan.processes) as swarm,
    ):
        office = furnish_office(field, settings.root, plan.pages, plan.uploads)
        with field.context.uow() as unit:
            add_officers(unit, field.area_id, field.context.now())
            unit.commit()
        swarm.connect_s()
        with HostileDevices(settings, keyring, ids) as flood, field.gateway(), _programs(settings) as reported:
            path = f"/content/{field.context.content.put_bytes(os.urandom(CONTENT_BYTES))}"
            # Its first answer loads what the process of downloads serves: no reader waits for that.
            urllib3.request(
                "GET",
                f"http://{settings.web_host}:{settings.web_port}{path}",
                headers={"Range": "bytes=0-0"},
                timeout=DEADLINE_S,
            )
            rounds = StarveRounds(swarm, field)
            for _ in range(WARM_UP):
                rounds.run()
            with ConsoleReader(settings, office) as calm:
                quiet = [rounds.run() for _ in range(plan.rounds)]
            with ExitStack() as attack:
                held = attack.enter_context(
                    StalledConnections(settings.web_host, settings.web_port, kinds(path), plan.stalled)
                )
                crowd = attack.enter_context(CrowdProcess(settings, office, plan, path))
                flood.go()
                threading.Event().wait(SETTLE_S)
                began_s, spent_ms = time.monotonic(), cpu_by_program(PROGRAMS)
                with ConsoleReader(settings, office) as busy:
                    starved = [rounds.run() for _ in range(plan.rounds)]
                count, took_s = held.held, time.monotonic() - began_s
                spent_ms = {name: ms - spent_ms[name] for name, ms in cpu_by_program(PROGRAMS).items()}
                flood.stop()
            ended = [line for line in reported if "killed" in line or "ended" in line]
    if hostile and not flood.sent:
        raise BenchError("no device flooded: the figures are not of an attack")
    for name, at in (("answered_ms", 0), ("approval_to_siren_ms", 1)):
        for share, about in ((0.5, "p50"), (0.99, "p99")):
            before = percentile([each[at] for each in quiet], share)
            under = percentile([each[at] for each in starved], share)
            yield Row(f"quiet_{name} {about}", len(quiet), round(before, 1), "ms")
            yield Row.against(f"starved_{name} {about}", len(starved), under, "ms", baseline=before)
    yield Row("quiet_console_ms p95", calm.count, round(calm.p95_ms(), 1), "ms")
    yield Row.against("starved_console_ms p95", busy.count, busy.p95_ms(), "ms", baseline=CONSOLE_BAR_MS)
    for page in office.pages:
        asked, before_ms = busy.taken_ms[page], _median(calm.taken_ms[page])
        yield Row.against(f"console {page[:30]} p50", len(asked), _median(asked), "ms", baseline=before_ms)
    yield Row("console_failed", busy.count, busy.failed, "")
    yield Row("ended_by_the_supervisor", len(reported), len(ended), "")
    yield Row("pressed_again", 2 * plan.rounds, rounds.pressed_again, "")
    yield Row("stalled_held", 4 * plan.stalled, count, "")
    yield Row("stalled_opened", 4 * plan.stalled, held.opened, "")
    yield from (Row(f"core_{name}", 0, round(ms / took_s / 10, 1), "%") for name, ms in sorted(spent_ms.items()))
    yield from (Row(f"crowd_{name}", 0, value, "") for name, value in sorted(crowd.counts.items()))
    yield Row("messages_sent", hostile, flood.sent, "")


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


class StarveRounds:
    """Rounds on one field, one after the other: an alert is approved, sounds on all devices, and is cancelled."""

    def __init__(self, swarm: SwarmProcesses, field: AlertField) -> None:
        self._swarm = swarm
        self._field = field
        self._speech = replace(field.speech()[0].first, kind="alert-opus")
        self._number = 0
        self.pressed_again = 0
        """Presses after the first, of people who saw nothing happen."""

    def run(self) -> tuple[float, float]:
        """Return the ms from the press to its answer, and to the last siren."""
        swarm, field = self._swarm, self._field
        self._number += 2
        alert = self._submitted()
        officer = SecondPerson(field.context, SECOND, alert)
        swarm.arm(self._number, bare=False)
        threading.Event().wait(PAUSE_S)
        began_ns = time.monotonic_ns()
        self.pressed_again += officer.press(time.monotonic() + DEADLINE_S) - 1
        answered_ns = time.monotonic_ns()
        sounded_ns = swarm.round().last_ns
        threading.Event().wait(PAUSE_S)
        swarm.arm(self._number + 1, bare=False)
        self._end(alert)
        swarm.round()
        threading.Event().wait(PROOFS_S)
        return (answered_ns - began_ns) / 1e6, (sounded_ns - began_ns) / 1e6

    def _submitted(self) -> Alert:
        """Add an alert for the whole field that waits for its second person; return it."""
        field, context = self._field, self._field.context
        alert = ready_alert(
            AlertId(context.new_id()), AlertStatus.SUBMITTED, field.area_id, context.now(), self._speech
        )
        with context.uow() as unit:
            unit[Alerts].add(alert)
            unit.commit()
        return alert

    def _end(self, alert: Alert) -> None:
        """Cancel the alert, and discard its all-clear before that is spoken, which nobody would say within seconds.

        Five seconds of speech for an alert are no part of the attack if the next alert comes every nine.
        """
        context = self._field.context
        found = stored(context, alert)
        with context.uow() as unit:
            discard_prepared(unit, alert.id, context.now())
            unit[Alerts].save(replace(found, status=AlertStatus.CANCELLED, version=found.version + 1))
            unit.commit()
        assert found.order_id is not None
        self._field.cancel(found.order_id)


class ConsoleReader:
    """Context manager: a clerk opens the everyday pages, one after the other, on a thread of its own."""

    def __init__(self, settings: Settings, office: StarvedOffice) -> None:
        self._url = f"http://{settings.web_host}:{settings.web_port}"
        self._office = office
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self.taken_ms: dict[str, list[float]] = {page: [] for page in office.pages}
        self.failed = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return sum(map(len, self.taken_ms.values()))

    def p95_ms(self) -> float:
        """Return the p95 of all pages; a page that failed took the deadline."""
        return percentile([*(ms for each in self.taken_ms.values() for ms in each), 0.0], 0.95)

    def _run(self) -> None:
        pool = urllib3.PoolManager(retries=False, timeout=DEADLINE_S, headers={"Cookie": self._office.clerk})
        while True:
            for page, taken_ms in self.taken_ms.items():
                if self._stopping.wait(CONSOLE_PAUSE_S):
                    return
                began_s = time.monotonic()
                try:
                    answer = pool.request(
                        "GET", self._url + page, headers={"Cookie": self._office.clerk}, redirect=False
                    )
                    is_shown = answer.status == 200  # noqa: PLR2004
                except urllib3.exceptions.HTTPError:
                    is_shown = False
                self.failed += not is_shown
                taken_ms.append((time.monotonic() - began_s) * 1000 if is_shown else DEADLINE_S * 1000)


class CrowdProcess:
    """Context manager: the clients of the web, in a process of the lowest priority (``bench/load/crowd.py``)."""

    def __init__(self, settings: Settings, office: StarvedOffice, plan: StarvePlan, content: str) -> None:
        folder = settings.root / "crowd"
        folder.mkdir(exist_ok=True)
        crowd = CrowdPlan(
            host=settings.web_host,
            port=settings.web_port,
            readers=plan.readers,
            content=content,
            page=office.watched,
            pages=office.viewers,
            uploaders=office.tokens,
            recording=str(office.recording),
            preflights=plan.preflights,
            preflight=office.preflight,
            token=office.planner,
            report=office.report if plan.reports else {},
        )
        (folder / "crowd.json").write_bytes(msgspec.json.encode(crowd))
        self._process = SimulatorProcess(["crowd", "--folder", str(folder)], folder / "crowd.log")
        self.counts: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._process.__enter__()
        self._process.yield_to_all()
        self._process.tell("go")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()
        for line in self._process.rest:
            self.counts |= json.loads(line)


@contextmanager
def _programs(settings: Settings) -> Iterator[list[str]]:
    """Run queue, worker, the web processes and the front, watched as in production; yield what is reported of them."""
    names = {"queue", "urgent", "worker", "web", "urgent_web", "background_web", "front"}
    reported: list[str] = []
    chosen = [each for each in embedded.programs(settings, APP_DIR) if each.name in names]
    with watched_programs(settings, chosen, reported.append):
        reported.clear()
        yield reported
