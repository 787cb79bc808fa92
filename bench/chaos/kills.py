"""Killer of supervised programs: one at a time, in random order, with -9 at random moments; a table of the kills."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from cms.platform.cli.supervisor import Supervisor
from province.machine_clock import unix_s

PAUSE_S = (0.5, 6.0)
"""Between the return of one and the kill of the next: the programs of most are still starting then."""
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill of a program: when, by the machine's clock, and how long no process of it was there."""

    name: str
    at_s: float
    back_s: float


@dataclass
class Killer:
    """Killer of each program so many times; ``run`` is a thread's loop until the last kill or ``over``."""

    supervisor: Supervisor
    names: Sequence[str]
    each: int
    dice: random.Random
    over: threading.Event
    kills: list[Kill] = field(default_factory=list)

    @property
    def planned(self) -> int:
        return len(self.names) * self.each

    def run(self) -> None:
        order = [name for name in self.names for _ in range(self.each)]
        self.dice.shuffle(order)
        for name in order:
            pid = None
            while pid is None:
                if self.over.wait(self.dice.uniform(*PAUSE_S)):
                    return
                pid = self.supervisor.pid(name)
            os.kill(pid, signal.SIGKILL)
            at_s, killed_s = unix_s(), time.monotonic()
            while self.supervisor.pid(name) in {None, pid} and not self.over.wait(_LOOK_S):
                pass
            self.kills.append(Kill(name, at_s, time.monotonic() - killed_s))

    def print_table(self) -> None:
        click.echo(f"{'process':<12}{'kills':>7}{'back, median s':>16}{'back, worst s':>15}")
        for name in self.names:
            ranked = sorted(each.back_s for each in self.kills if each.name == name) or [0.0]
            times = sum(each.name == name for each in self.kills)
            click.echo(f"{name:<12}{times:>7}{ranked[len(ranked) // 2]:>16.2f}{ranked[-1]:>15.2f}")
