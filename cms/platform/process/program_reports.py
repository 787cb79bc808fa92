"""Reports of the supervisor about its programs, for readiness and the line on every page: a small file.

A row counts only while it is fresh: nobody else would take it back for a supervisor that died.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.platform.process.atomic_file import write_whole
from cms.platform.settings import Settings

AGAIN_S: Final = 2.0
AWAY_HOLDS_S: Final = 3 * AGAIN_S
RESTARTED_HOLDS_S: Final = 60.0


def path_of(settings: Settings) -> Path:
    """Return the path of the file."""
    return settings.run_dir / "programs.json"


def steady_s() -> float:
    """Return the time by the one clock that all processes of a machine share and nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ProgramReports:
    """Writing end, in the supervisor. An unwritable folder raises nothing."""

    def __init__(self, path: Path, now_s: Callable[[], float] = steady_s) -> None:
        self._path = path
        self._now_s = now_s
        self._rows: dict[str, tuple[bool, float]] = {}
        self._ended: set[str] = set()

    def away(self, program: str, *, has_ended: bool = False) -> bool:
        """Report that the program ended, or gives no sign of life, again and again; return whether that is new."""
        if has_ended:
            self._ended.add(program)
        is_away, at_s = self._rows.get(program, (False, 0.0))
        if not is_away or self._now_s() - at_s > AGAIN_S:
            self._rows[program] = (True, self._now_s())
            self._write()
        return not is_away

    def back(self, program: str) -> None:
        """Report that the program works."""
        is_away, _ = self._rows.get(program, (False, 0.0))
        if is_away:
            del self._rows[program]
            if program in self._ended:
                self._ended.remove(program)
                self._rows[program] = (False, self._now_s())
            self._write()

    def _write(self) -> None:
        with suppress(OSError):
            write_whole(self._path, json.dumps(self._rows))


def read(path: Path, now_s: float) -> tuple[list[str], list[str]]:
    """Return the programs that are away, and those that were started again a moment ago."""
    rows: Mapping[str, tuple[bool, float]] = {}
    with suppress(OSError, ValueError):
        rows = json.loads(path.read_text(encoding="utf-8"))
    ages = {name: (is_away, now_s - at_s) for name, (is_away, at_s) in sorted(rows.items())}
    away = [name for name, (is_away, age_s) in ages.items() if is_away and 0 <= age_s <= AWAY_HOLDS_S]
    return away, [name for name, (is_away, age_s) in ages.items() if not is_away and 0 <= age_s <= RESTARTED_HOLDS_S]
