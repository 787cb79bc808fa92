"""Installation of ``loa chaos --grey``: the whole set as in production, devices, two officers, and faults at hand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bench.chaos.alert_stage import DeviceProcess, StageTimeoutError, await_true
from bench.demo import world as demo_world
from bench.demo.run import truth_in
from bench.fault_injection import processes
from bench.fault_injection.machine import MachineFaults, SmallDisk
from bench.second_person import stored, user_of
from broadcast.alerts import message_templates
from broadcast.alerts.hazards import HAZARDS, Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience
from broadcast.bulletins.model import SoundState, Targets
from broadcast.speech.normalization import VIETNAMESE
from cms import bootstrap
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import drafts, ends
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Program, Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.process import heartbeats, program_reports
from cms.platform.process.atomic_file import write_whole
from cms.platform.settings import Settings
from cms.platform.store.engine import file_of
from cms.platform.web import security
from cms.platform.worker import celery_app as queue
from province.areas import AreaId

AUTHOR, APPROVER = "truc-ban", "chi-huy"
LOOK_S: Final = 0.05


@dataclass
class ReadinessWatch:
    """Poller of ``/health/ready``, as monitoring does it; keeps the codes of each answer, with its time."""

    settings: Settings
    answers: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.wait(0.1):
            codes = self._ask()
            if codes is not None:
                self.answers.append((time.monotonic(), codes))

    def codes(self) -> frozenset[str]:
        return self.answers[-1][1] if self.answers else frozenset({"NO_ANSWER"})

    def _ask(self) -> frozenset[str] | None:
        asked = urllib.request.Request(f"{self.settings.effective_public_url}/health/ready")  # noqa: S310 - ours
        asked.add_header("Authorization", f"Bearer {security.metrics_token(self.settings.keys_dir)}")
        try:
            with urllib.request.urlopen(asked, timeout=1.0) as answer:  # noqa: S310
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.loads(error.read()) if error.code == 503 else None  # noqa: PLR2004
        except (OSError, ValueError):
            return None
        return frozenset(each["code"] for each in found["reasons"]) if found else None


@dataclass
class GreyStage:
    """Running set. ``reports``: what the supervisor said, and when."""

    context: Context
    supervisor: Supervisor
    names: Sequence[str]
    fleet: DeviceProcess
    machine: MachineFaults
    disk: SmallDisk
    readiness: ReadinessWatch
    areas: Sequence[AreaId]
    orders: Path
    reports: list[tuple[float, str]]
    waiting: list[Alert] = field(default_factory=list)

    def family(self, program: str) -> Sequence[int]:
        """List the processes of the program, its main process first. Of two gateways: the one that works."""
        pid = self.supervisor.pid(program)
        if program == "gateway":
            pid = next(
                (each for each in map(self.supervisor.pid, ("gateway", "standby")) if each in self._lockers()), pid
            )
        if pid is None:
            raise StageTimeoutError(f"{program} does not run")
        return processes.family(pid)

    def pids(self) -> Mapping[str, int | None]:
        return {name: self.supervisor.pid(name) for name in self.names}

    def kill(self, program: str) -> None:
        for pid in self.family(program)[:1]:
            os.kill(pid, signal.SIGKILL)

    def hold_lock(self, program: str) -> int:
        """Have a thread of the program begin a transaction and hang in it; return the process that holds the lock."""
        order = self.orders / f"hold-{program}"
        held = order.with_suffix(".held")
        held.unlink(missing_ok=True)
        write_whole(order, str(self.context.engine.url.database))
        await_true(held.exists, 10, f"the lock held by {program}")
        return int(held.read_text())

    def draft(self, count: int) -> None:
        """Have the first person write so many alerts, and their sound made."""
        hazard = Hazard.FLASH_FLOOD
        facts = AlertFacts(
            place="Xã", advice=HAZARDS[hazard].texts[VIETNAMESE].advice, authority="Ban Chỉ huy", intensity="Mạnh"
        )
        written = message_templates.written(hazard, facts, VIETNAMESE)
        draft = AlertDraft(
            AlertKind.LIVE,
            hazard,
            HAZARDS[hazard].level,
            headline=written.headline,
            audience=Audience(Targets(tuple(self.areas))),
            facts=facts,
            wordings=(WordingDraft(VIETNAMESE, written.text),),
        )
        author, context = user_of(self.context, AUTHOR).actor, self.context
        first = drafts.draft_alert(context.uow(), draft=draft, call=context.call(author), voices=context.voices)
        await_true(lambda: self._has_sounds(first), 120, "the sound of the alert")
        spoken = stored(self.context, first)
        # The same words: one sound serves them all.
        self.waiting += [replace(spoken, id=AlertId(context.new_id())) for _ in range(count)]
        with context.uow() as unit:
            for each in self.waiting:
                unit[Alerts].add(each)
            unit.commit()

    def submitted(self) -> Alert:
        """Have the first person submit the next alert."""
        found, context = stored(self.context, self.waiting.pop()), self.context
        author = replace(user_of(self.context, AUTHOR).actor, second_factor_at=context.now())
        return drafts.submit(
            context.uow(), found.id, expected_version=found.version, call=context.call(author), voices=context.voices
        )

    def cancel(self, alert: Alert) -> None:
        call = self.context.call(user_of(self.context, AUTHOR).actor)
        ends.cancel(self.context.uow(), alert.id, reason="chaos", call=call, voices=self.context.voices)

    def sounding(self, alert: Alert) -> Collection[str]:
        """Return the devices that have begun to sound the alert, by their own truth logs."""
        order_id = stored(self.context, alert).order_id
        out = self.context.settings.root.parent / "fleet" / "out"
        return {path.parent.name for path in out.glob("*/truth.jsonl") if _sounded(path, str(order_id))}

    def is_whole(self, baseline: frozenset[str]) -> bool:
        """Return whether every program runs, readiness says no more than before, and the devices are connected."""
        return (
            all(self.pids().values())
            and time.monotonic() - (self.readiness.answers or [(0.0, baseline)])[-1][0] < 1.0
            and self.readiness.codes() <= baseline
            and self.fleet.is_connected()
        )

    def _has_sounds(self, alert: Alert) -> bool:
        return all(
            sound.state is SoundState.READY
            for wording in stored(self.context, alert).wordings
            for sound in (wording.sound, wording.again)
        )

    def _lockers(self) -> Collection[int]:
        lock = (self.context.settings.run_dir / "gateway.lock").stat().st_ino
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        # A row with an arrow is of one that waits for it.
        return {int(row[-4]) for row in rows if row[-3].endswith(f":{lock}") and "->" not in row}


def _sounded(path: Path, order_id: str) -> bool:
    with suppress(FileNotFoundError):
        return any(line.get("item") == order_id for line in truth_in(path))
    return False


@contextmanager
def staged(settings: Settings, devices: int) -> Iterator[GreyStage]:
    """Yield the running set. The home is on a small disk of its own; what devices say of themselves is beside it."""
    disk = SmallDisk(settings.root, 700)
    machine = MachineFaults(settings.root.parent)
    orders = settings.root.parent / "orders"
    orders.mkdir(exist_ok=True)
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=devices, areas=1, audio=0, say=lambda _: None)
    _notify(context)
    reports: list[tuple[float, str]] = []

    programs = [_faulty(each, machine, orders) for each in embedded.programs(settings, APP_DIR)]
    supervisor = Supervisor(
        programs,
        settings.log_dir,
        report=lambda words: reports.append((time.monotonic(), words)),
        heartbeats=heartbeats.socket_of(settings),
        reports=program_reports.path_of(settings),
        database=file_of(settings.effective_database_url),
    )
    fleet = DeviceProcess(settings, "grey", [each.id for each in world.devices], root=settings.root.parent / "fleet")
    readiness = ReadinessWatch(settings)
    supervisor.start()
    threads = [threading.Thread(target=each) for each in (supervisor.run, readiness.run)]
    for thread in threads:
        thread.start()
    try:
        fleet.start()
        yield GreyStage(
            context,
            supervisor,
            [each.name for each in programs],
            fleet,
            machine,
            disk,
            readiness,
            world.areas,
            orders,
            reports,
        )
    finally:
        machine.set()
        disk.free()
        readiness.over.set()
        fleet.kill()
        supervisor.stop()
        for thread in threads:
            thread.join()
        context.engine.dispose()
        shutil.copytree(settings.log_dir, settings.root.parent / "log", dirs_exist_ok=True)
        disk.close()


def _notify(context: Context) -> None:
    """Have commits of ours wake the gateway and the workers, as the web's do."""
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(context.settings)))
    context.uow.hooks.append(queue.JobPublisher(queue.make_celery(context.settings, is_publisher=True)).after_commit)


def _faulty(program: Program, machine: MachineFaults, orders: Path) -> Program:
    """Return the program with the means of faults in it."""
    path = os.pathsep.join([str(processes.INSIDE), program.env.get("PYTHONPATH", str(APP_DIR))])
    inside = {"PYTHONPATH": path, "LOA_FAULT_ORDERS": str(orders)}
    return replace(program, env={**program.env, **machine.environment, **inside})
