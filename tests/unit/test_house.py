"""House rules on the machine's clock: who reads it is named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.house import CLOCKS, clock_readings


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "datetime.utcnow()",
        "date.today()",
        "datetime.today()",
        "time.time()",
        "read = time.time_ns",
        "time.localtime()",
        "time.strftime('%H')",
        "time.clock_gettime(time.CLOCK_REALTIME)",
        "from time import time",
    ],
)
def test_a_reading_of_the_machines_clock_is_named_outside_the_clocks(code: str) -> None:
    tree = ast.parse(f"import time, datetime\n{code}\n")
    (told,) = clock_readings(Path("cms/schedule/jobs.py"), tree)
    assert told.startswith("cms/schedule/jobs.py:2: ")
    for clock in CLOCKS:
        assert list(clock_readings(clock, tree)) == []


@pytest.mark.parametrize(
    "code",
    ["time.monotonic()", "datetime.fromtimestamp(0, UTC)", "clock.now()", "time.clock_gettime(time.CLOCK_BOOTTIME)"],
)
def test_other_times_are_not_the_machines(code: str) -> None:
    assert list(clock_readings(Path("a.py"), ast.parse(code))) == []


def test_every_clock_is_there() -> None:
    for clock in CLOCKS:
        assert clock.exists()
