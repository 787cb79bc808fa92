"""``loa chaos --grey``: each program in each grey fault, and an alert at a random moment: heard in time, and told.

A grey fault is one that ends no process: it is frozen, hangs in one thread or in a transaction, or has no disk, file
descriptors, memory or right time. Disk and clock are the whole machine's: there the program is killed as well, and has
to come back under the fault. A program without a database (front, broker, queue) is killed while another hangs in a
transaction.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import click

from bench.chaos.alert_stage import StageTimeoutError, holds, pause
from bench.chaos.grey_stage import APPROVER, GreyStage, staged
from bench.demo import world as demo_world
from bench.fault_injection import processes
from bench.second_person import NotApprovedError, SecondPerson
from cms.platform.process.thread_watch import EXIT_STATUS
from cms.platform.settings import Settings

PROGRAMS: Final = ("front", "web", "urgent_web", "gateway", "signer", "scheduler", "urgent", "broker", "queue")
HEARD_WITHIN_S: Final = 5.0
"""The bar: from the second person's press to the last device's first sample."""
TOLD_WITHIN_S: Final = 3.0
"""The bar: from the fault to a reason in ``/health/ready``, or a line of the supervisor about the program."""
GIVEN_UP_S: Final = 15.0
MOMENT_S: Final = (0.0, 3.0)
WHOLE_WITHIN_S: Final = 90.0
SETTLED_S: Final = 1.0
"""By then the supervisor knows of the processes that were ended last."""
SLOW_SYNC_MS: Final = 200
CLOCK_S: Final = 3600
THREADS: Final = {"gateway": "alerts", "scheduler": "inbox", "urgent": "jobs"}
"""Thread that is stuck, by name; of the others, the only one, or that of the first child's main loop."""
WITHOUT_DATABASE: Final = frozenset({"signer", "front", "broker", "queue"})
HOLDER: Final = "worker"


@dataclass(frozen=True, slots=True)
class GreyResult:
    """Result of one cell. Seconds from the press to all devices, and from the fault to the first word about it.

    ``false``: what the supervisor said of programs that it restarted though nothing was wrong with them.
    """

    program: str
    fault: str
    heard_s: float
    told_s: float
    told_by: str
    pressed: int
    false: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return self.heard_s <= HEARD_WITHIN_S and self.told_s <= TOLD_WITHIN_S and not self.false


@contextmanager
def frozen(stage: GreyStage, program: str) -> Iterator[set[str]]:
    pids = stage.family(program)
    processes.freeze(pids)
    try:
        yield {program}
    finally:
        processes.thaw(pids)


@contextmanager
def thread_stuck(stage: GreyStage, program: str) -> Iterator[set[str]]:
    pids = stage.family(program)
    thread = processes.thread_of(pids, THREADS[program]) if program in THREADS else pids[1 if len(pids) > 1 else 0]
    with processes.stuck(thread):
        yield {program}


@contextmanager
def lock_held(stage: GreyStage, program: str) -> Iterator[set[str]]:
    holder = HOLDER if program in WITHOUT_DATABASE else program
    pid = stage.hold_lock(holder)
    if holder != program:
        stage.kill(program)
    yield {holder, program}
    processes.end(pid)


def disk_full(stage: GreyStage, program: str) -> AbstractContextManager[set[str]]:
    return _of_machine(stage, program, stage.disk.fill, stage.disk.free)


def no_descriptors(stage: GreyStage, program: str) -> AbstractContextManager[set[str]]:
    return _limited(stage, program, processes.use_up_descriptors)


def slow_sync(stage: GreyStage, program: str) -> AbstractContextManager[set[str]]:
    return _of_machine(stage, program, partial(stage.machine.set, sync_ms=SLOW_SYNC_MS), stage.machine.set)


def clock_wrong(stage: GreyStage, program: str) -> AbstractContextManager[set[str]]:
    ahead_s = CLOCK_S if PROGRAMS.index(program) % 2 else -CLOCK_S
    return _of_machine(stage, program, partial(stage.machine.set, clock_ahead_s=ahead_s), stage.machine.set)


def no_memory(stage: GreyStage, program: str) -> AbstractContextManager[set[str]]:
    return _limited(stage, program, processes.limit_memory)


@contextmanager
def _of_machine(
    stage: GreyStage, program: str, begin: Callable[[], object], end: Callable[[], object]
) -> Iterator[set[str]]:
    """Have the machine at fault within the block, and the program killed: it has to come back under the fault."""
    begin()
    stage.kill(program)
    try:
        yield {program}
    finally:
        end()


@contextmanager
def _limited(stage: GreyStage, program: str, limit: Callable[[Sequence[int]], None]) -> Iterator[set[str]]:
    """Limit the program within the block; what is left of it then is ended, as nobody would raise the limit again."""
    pids = stage.family(program)
    limit(pids)
    yield {program}
    for pid in pids:
        processes.end(pid)


Fault = Callable[[GreyStage, str], AbstractContextManager[set[str]]]
"""Context in which a program is struck by a fault; its value: the programs that may be restarted because of it."""
FAULTS: Final[Mapping[str, Fault]] = {
    "frozen": frozen,
    "thread stuck": thread_stuck,
    "lock held": lock_held,
    "disk full": disk_full,
    "no descriptors": no_descriptors,
    "slow sync": slow_sync,
    "clock wrong": clock_wrong,
    "no memory": no_memory,
}
OF_MACHINE: Final = frozenset({"disk full", "slow sync", "clock wrong"})
"""Faults of which the readiness has to tell: that the supervisor starts the killed program again tells nothing."""
GATEWAYS: Final = frozenset({"gateway", "standby"})
_STANDING: Final = frozenset({"CLOCK_WITHOUT_NTP", "DISK_LOW", "DISK_SLOW", "QUEUE_AWAY"})
"""Codes of the readiness for the bench's machine, and for a fault before."""
_OF_RESTARTS: Final = frozenset({"BROKER_FLAPPING", "PROGRAM_RESTARTED", "URGENT_WAITING"})
"""Codes for minutes after a restart, and for a machine that is busy; they tell of no fault."""
_READY_ANSWERS: Final = 10
_ENDED_AS_FROZEN: Final = ("killed", "is ended", f"ended with {EXIT_STATUS}")


@dataclass(slots=True)
class _Cell:
    """One program in one fault; ``began_s``: the moment from which the fault is in force."""

    stage: GreyStage
    program: str
    fault: str
    struck: set[str] = field(default_factory=set)
    began_s: float = field(default_factory=time.monotonic)
    baseline: frozenset[str] = field(init=False)
    reported: int = field(init=False)

    def __post_init__(self) -> None:
        self.baseline = self.stage.readiness.codes() | _OF_RESTARTS
        self.reported = len(self.stage.reports)

    def told(self) -> tuple[float, str] | None:
        """Return when and by what the fault was told first; None: not yet."""
        old = self.baseline | ({"PROGRAM_AWAY"} if self.fault in OF_MACHINE else set())
        answers = [(at_s, codes - old) for at_s, codes in self.stage.readiness.answers if at_s > self.began_s]
        found = [(at_s - self.began_s, ",".join(sorted(codes))) for at_s, codes in answers if codes]
        if self.fault not in OF_MACHINE:
            found += [(at_s - self.began_s, words) for at_s, words in self.said() if words.split()[0] in self.struck]
        return min(found, default=None)

    def restarted_falsely(self) -> tuple[str, ...]:
        """Return what was said of programs that were ended, or ended themselves, as frozen, and are none of these."""
        return tuple(
            words
            for _, words in self.said()
            if words.split()[0] not in self.struck and any(sign in words for sign in _ENDED_AS_FROZEN)
        )

    def said(self) -> Sequence[tuple[float, str]]:
        """Return what the supervisor has said since the cell began, and when."""
        return self.stage.reports[self.reported :]


def grey(devices: int, dice: random.Random, home: Path, only: str) -> bool:
    """Run all cells, or those whose ``PROGRAM:FAULT`` contains one of the words of ``only``; print and judge them."""
    settings = demo_world.any_ports(
        Settings(home=home / "home", alert_tone_ms=1_500, disk_reserve_mb=32, upload_disk_min_mb=64)
    )
    cells = [(program, fault) for fault in FAULTS for program in PROGRAMS if _is_wanted(f"{program}:{fault}", only)]
    with staged(settings, devices) as stage:
        stage.draft(len(cells))
        answers = stage.readiness.answers
        if not holds(lambda: len(answers) > _READY_ANSWERS and stage.readiness.codes() <= _STANDING, WHOLE_WITHIN_S):
            raise StageTimeoutError(f"before any fault the readiness says {sorted(stage.readiness.codes())}")
        return _report([_result(stage, program, fault, dice) for program, fault in cells])


def _is_wanted(cell: str, only: str) -> bool:
    return not only or any(word in cell for word in only.split(","))


def _result(stage: GreyStage, program: str, fault: str, dice: random.Random) -> GreyResult:
    alert = stage.submitted()
    approver = SecondPerson(stage.context, APPROVER, alert)
    cell = _Cell(stage, program, fault)
    heard_s, pressed = float("inf"), 0
    with FAULTS[fault](stage, program) as struck:
        cell.began_s = time.monotonic()
        cell.struck = struck | (GATEWAYS if struck & GATEWAYS else set())
        pause(dice.uniform(*MOMENT_S))
        pressed_s = time.monotonic()
        try:
            pressed = approver.press(pressed_s + GIVEN_UP_S)
            if holds(lambda: len(stage.sounding(alert)) == len(stage.fleet.devices), GIVEN_UP_S):
                heard_s = time.monotonic() - pressed_s
        except NotApprovedError as error:
            click.echo(f"      {error}")
        holds(lambda: cell.told() is not None, GIVEN_UP_S)
        told_s, told_by = cell.told() or (float("inf"), "")
    result = GreyResult(program, fault, heard_s, told_s, told_by, pressed, cell.restarted_falsely())
    click.echo(
        f"{'good' if result.is_good else 'BAD':<5}{program:<11}{fault:<15}heard {heard_s:5.1f} s  told {told_s:5.1f} s "
        f"({told_by})  pressed {pressed}  {'; '.join(result.false)}"
    )
    if not result.is_good:
        for at_s, words in cell.said():
            click.echo(f"      after {at_s - cell.began_s:4.1f} s: {words}")
    if heard_s < float("inf"):
        stage.cancel(alert)
    pause(SETTLED_S)
    if not holds(lambda: stage.is_whole(_STANDING | _OF_RESTARTS), WHOLE_WITHIN_S):
        click.echo(f"      not whole again: {sorted(stage.readiness.codes())} {stage.pids()}")
    return result


def _report(results: Sequence[GreyResult]) -> bool:
    """Print seconds heard and told, a row for each fault, and judge."""
    good = sum(each.is_good for each in results)
    click.echo(f"{'heard / told, s':<16}" + "".join(f"{program:>12}" for program in PROGRAMS))
    for fault in FAULTS:
        row = {each.program: f"{each.heard_s:.1f} / {each.told_s:.1f}" for each in results if each.fault == fault}
        if row:
            click.echo(f"{fault:<16}" + "".join(f"{row.get(program, '-'):>12}" for program in PROGRAMS))
    click.echo(json.dumps({"ok": good == len(results), "cells": len(results), "good": good}))
    return good == len(results)
