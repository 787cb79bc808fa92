"""Server clock: a jump of the machine's clock moves it only if something vouches for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.platform.process.clock import JUMP_S, MARK_NAME, SteadyClock, doubt_of, kernel_is_synchronised, steady_clock
from cms.platform.settings import Settings

NOON_S = 1_795_496_400.0
HOUR_S = 3_600.0


@dataclass
class Machine:
    """Machine whose ``wall_s`` may be set, while ``steady_s`` only goes on."""

    mark: Path
    wall_s: float = NOON_S
    steady_s: float = 50.0
    is_synchronised: bool = False
    boot: str = "boot-1"
    asked: list[float] = field(default_factory=list)

    def process(self) -> SteadyClock:
        return SteadyClock(
            self.mark,
            wall_s=lambda: self.wall_s,
            steady_s=lambda: self.steady_s,
            is_synchronised=self._is_synchronised,
            boot_id=lambda: self.boot,
        )

    def pass_by(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds

    def _is_synchronised(self) -> bool:
        self.asked.append(self.steady_s)
        return self.is_synchronised


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / MARK_NAME)


def ahead_s(clock: SteadyClock) -> float:
    doubt = doubt_of(clock)
    assert doubt is not None
    return doubt.ahead_s


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S, 400 * 24 * HOUR_S, JUMP_S + 0.1])
def test_a_clock_set_wrong_for_a_minute_moves_no_time(machine: Machine, jump_s: float) -> None:
    clock = machine.process()
    machine.wall_s += jump_s
    machine.pass_by(30)
    assert clock() == at(NOON_S + 30)
    assert ahead_s(clock) == pytest.approx(jump_s)
    machine.pass_by(30)
    machine.wall_s -= jump_s
    assert clock() == at(NOON_S + 60)
    assert doubt_of(clock) is None


def test_a_clock_that_is_slewed_is_followed(machine: Machine) -> None:
    clock = machine.process()
    for _ in range(10):
        machine.pass_by(10)
        machine.wall_s += 0.5
        clock()
    assert clock() == at(NOON_S + 105)
    assert clock.doubt is None


def test_a_step_that_the_kernel_vouches_for_is_followed(machine: Machine) -> None:
    clock = machine.process()
    machine.wall_s += HOUR_S
    assert clock() == at(NOON_S)
    machine.is_synchronised = True
    machine.pass_by(1)
    assert clock() == at(NOON_S + HOUR_S + 1)
    assert clock.doubt is None


def test_the_kernel_is_asked_once_a_second_at_the_most(machine: Machine) -> None:
    clock = machine.process()
    machine.wall_s += HOUR_S
    for _ in range(10):
        clock()
    assert machine.asked == [50.0]


def test_a_process_that_starts_while_the_clock_is_wrong_is_not_fooled(machine: Machine) -> None:
    machine.process()()
    machine.wall_s += HOUR_S
    machine.pass_by(5)
    late = machine.process()
    assert late() == at(NOON_S + 5)
    assert ahead_s(late) == pytest.approx(HOUR_S)


def test_what_a_person_accepts_holds_for_every_process(machine: Machine) -> None:
    first, second = machine.process(), machine.process()
    machine.wall_s += HOUR_S
    assert first() == second() == at(NOON_S)
    machine.process().accept()
    machine.pass_by(1)
    assert first() == second() == at(NOON_S + HOUR_S + 1)


def test_after_another_boot_the_machines_clock_counts_again(machine: Machine) -> None:
    machine.process()()
    machine.wall_s += HOUR_S
    machine.boot = "boot-2"
    assert machine.process()() == at(NOON_S + HOUR_S)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"boot": "boot-1", "offset_s": "x"}'])
def test_a_mark_that_cannot_be_read_is_none(machine: Machine, text: str) -> None:
    machine.mark.write_text(text)
    assert machine.process()() == at(NOON_S)


def test_without_a_folder_for_the_mark_the_clock_goes(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "nowhere" / MARK_NAME)
    assert machine.process()() == at(NOON_S)
    assert SteadyClock(None, wall_s=lambda: NOON_S, steady_s=lambda: 1.0)() == at(NOON_S)


def test_a_tests_clock_is_in_no_doubt() -> None:
    assert doubt_of(lambda: at(NOON_S)) is None


def test_the_kernels_word_is_yes_or_no() -> None:
    assert kernel_is_synchronised() in {True, False}


def test_the_processes_of_an_installation_share_the_mark(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run_dir.mkdir(parents=True)
    steady_clock(settings)()
    assert (settings.run_dir / MARK_NAME).exists()
