"""Presses, letters and seconds of a job, compared with the table of docs/presses.md.

A press is a click that a person makes, also into a field; typing, Enter and Tab are none. The human pace is that of the
keystroke level model (Card, Moran, Newell) without time for thought: a letter of an average typist, pointing, a click.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic

from playwright.sync_api import Locator, Page

TABLE = Path(__file__).parents[3] / "docs" / "presses.md"
LETTER_S, PRESS_S = 0.2, 1.3
WRITE_AND_SEND, WITHIN_S = "write a bulletin of 60 words and send it in for the next session", 90.0
"""The job with a limit of time, and the limit at the human pace."""
_ROW = re.compile(r"^\| (?P<job>[^|]+?) \| [^|]+ \| (?P<now>\d+) \| (?P<most>\d+) \|$", re.MULTILINE)


@dataclass
class Presses:
    """Count of one job. ``aside``: a block of it in which the test does another process's work."""

    count: int = 0
    letters: int = 0
    aside_s: float = 0.0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.count += 1

    def play(self, player: Locator) -> None:
        """Press the player's own button."""
        box = player.bounding_box()
        assert box is not None
        player.click(position={"x": 28, "y": box["height"] / 2})
        self.count += 1

    def write(self, page: Page, text: str) -> None:
        """Type the text into the field that has the focus."""
        page.keyboard.insert_text(text)
        self.letters += len(text)

    @contextmanager
    def aside(self) -> Iterator[None]:
        began_s = monotonic()
        yield
        self.aside_s += monotonic() - began_s


@dataclass(frozen=True)
class Job:
    """Measured job. ``machine_s``: from its first to its last press, without a person's time."""

    name: str
    presses: int
    letters: int
    machine_s: float

    @property
    def at_human_pace_s(self) -> float:
        return self.presses * PRESS_S + self.letters * LETTER_S + self.machine_s

    def line(self) -> str:
        return (
            f"{self.name:<70}{self.presses:>3} presses{self.letters:>5} letters{self.machine_s:>7.1f} s by the machine"
            f"{self.at_human_pace_s:>7.1f} s at a human pace"
        )


@cache
def table() -> dict[str, tuple[int, int]]:
    """Return the presses of each documented job, and the most that it may take."""
    return {row["job"]: (int(row["now"]), int(row["most"])) for row in _ROW.finditer(TABLE.read_text("utf-8"))}


@contextmanager
def measured(name: str, jobs: list[Job]) -> Iterator[Presses]:
    """Measure a job, add it to the list, and compare its presses with the table."""
    presses, began_s = Presses(), monotonic()
    yield presses
    jobs.append(Job(name, presses.count, presses.letters, monotonic() - began_s - presses.aside_s))
    documented, most = table()[name]
    assert presses.count == documented <= most, name
