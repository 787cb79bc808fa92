"""Presses, keys and seconds of a job, compared with the table of docs/presses.md.

A press is a click that a person makes, also into a field; a key is a letter, Enter or Tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic

from playwright.sync_api import Locator, Page, expect

from bench.pace.person import DAILY, SELDOM, Pace

TABLE = Path(__file__).parents[3] / "docs" / "presses.md"
WRITE_AND_SEND, WITHIN_S = "write a bulletin of 60 words and send it in for the next session", 90.0
"""The job with a limit of time, and the limit at the pace of somebody who types seldom."""
_ROW = re.compile(
    r"^\| (?P<job>[^|]+?) \| [^|]+ \| (?P<now>\d+) \| (?P<most>\d+) \| [^|]+ \| (?P<seconds>\d+) \|$", re.MULTILINE
)


@dataclass
class Presses:
    """Count of one job. ``aside``: a block of it in which the test does another process's work."""

    count: int = 0
    keys: int = 0
    aside_s: float = 0.0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.count += 1

    def see(self, target: Locator) -> None:
        expect(target).to_be_visible()

    def play(self, player: Locator) -> None:
        """Press the player's own button."""
        box = player.bounding_box()
        assert box is not None
        player.click(position={"x": 28, "y": box["height"] / 2})
        self.count += 1

    def write(self, page: Page, text: str) -> None:
        """Type the text into the field that has the focus."""
        page.keyboard.insert_text(text)
        self.keys += len(text)

    def key(self, page: Page, name: str) -> None:
        """Press a key, or several held together: ``ControlOrMeta+A``."""
        page.keyboard.press(name)
        self.keys += len(name.split("+"))

    def follow(self, page: Page, url: str) -> None:
        """Press a link outside of the browser."""
        page.goto(url)
        self.count += 1

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
    keys: int
    machine_s: float

    def person_s(self, pace: Pace) -> float:
        return self.presses * pace.press_s + self.keys * pace.key_s

    def seconds(self, pace: Pace) -> float:
        return self.person_s(pace) + self.machine_s

    def line(self) -> str:
        return (
            f"{self.name:<70}{self.presses:>3} presses{self.keys:>5} keys{self.machine_s:>7.1f} s by the machine"
            f"{self.seconds(SELDOM):>7.1f} s by who types seldom{self.seconds(DAILY):>7.1f} s by who types daily"
        )


@dataclass(frozen=True)
class DocumentedJob:
    """Row of the table: presses now and at most, and a person's seconds now."""

    presses: int
    most: int
    person_s: int


@cache
def table() -> dict[str, DocumentedJob]:
    """Return the documented jobs by name."""
    rows = _ROW.finditer(TABLE.read_text("utf-8"))
    return {row["job"]: DocumentedJob(int(row["now"]), int(row["most"]), int(row["seconds"])) for row in rows}


@contextmanager
def measured(name: str, jobs: list[Job]) -> Iterator[Presses]:
    """Measure a job, add it to the list, and compare presses and a person's seconds with the table."""
    presses, began_s = Presses(), monotonic()
    yield presses
    job = Job(name, presses.count, presses.keys, monotonic() - began_s - presses.aside_s)
    jobs.append(job)
    documented = table()[name]
    assert job.presses == documented.presses <= documented.most, name
    assert round(job.person_s(SELDOM)) == documented.person_s, name
