"""Logs of processes: text or JSON; repeated records are folded, and files that other programs hold open are rotated.

The first few of a minute are written, the rest counted in the next one written. With the database down one loop wrote
the same traceback 256 times a minute, and a device that sent malformed messages got a line for each: gigabytes a day,
on the disk that holds the database.
"""

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cms.platform.settings import Settings

WINDOW_S: Final = 60.0
TRACES: Final = 2
"""Tracebacks written of one exception from one line of the program, in a window."""
LINES: Final = 20
"""Warnings and errors written from one line of the program, in a window; levels below WARNING are never folded."""
_CONVERSIONS: Final = re.compile(r"(?:\b(?P<noun>device|order|job|area) )?%[-#0 +.\d]*[a-zA-Z]")
log = logging.getLogger(__name__)

KEEP_BYTES: Final = 10 * 1024 * 1024
"""A file that has grown beyond this is rotated; the one rotated before is deleted."""


@dataclass(slots=True)
class _Window:
    began_s: float
    written: int = 0
    left_out: int = 0


class FoldRepeats(logging.Filter):
    """Logging filter of handlers. Keyed by source line, so that nothing outside the program can make it grow."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._windows: dict[tuple[str, int, str], _Window] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind = record.exc_info[0] if record.exc_info else None
        key = (record.pathname, record.lineno, kind.__name__ if kind else "")
        now_s = self._monotonic()
        window = self._windows.get(key)
        if window is None or now_s - window.began_s >= WINDOW_S:
            left_out = window.left_out if window else 0
            window = self._windows[key] = _Window(now_s)
            if left_out:
                record.msg = f"{record.getMessage()} (and {left_out} more like it were left out)"
                record.args = None
        if window.written >= (TRACES if kind else LINES):
            window.left_out += 1
            return False
        window.written += 1
        return True


class JsonLines(logging.Formatter):
    """Formatter: one JSON object a line, with the devices, orders, jobs and areas that the message names as fields."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
            "thread": record.threadName,
        }
        if isinstance(record.args, tuple):
            named = zip(_CONVERSIONS.finditer(str(record.msg).replace("%%", "")), record.args, strict=False)
            told |= {found["noun"]: str(value) for found, value in named if found["noun"]}
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def fold(handlers: Iterable[logging.Handler | None]) -> None:
    """Add the filter, and the format of the settings, to these handlers; harmless when repeated."""
    is_json = Settings().log_format == "json"
    for handler in handlers:
        if handler is not None and not any(isinstance(each, FoldRepeats) for each in handler.filters):
            handler.addFilter(FoldRepeats())
        if handler is not None and is_json:
            handler.setFormatter(JsonLines())


def fold_root() -> None:
    """Do so for the root logger's handlers, or for Python's handler of last resort where there are none."""
    fold([*logging.getLogger().handlers, logging.lastResort])


def cut(path: Path, keep_bytes: int = KEEP_BYTES) -> bool:
    """Copy a longer file to ``NAME.log.1`` and empty it; returns whether it was longer.

    Lines written between the two steps are lost. A copy that does not fit on the disk is given up for space.
    """
    if not path.exists() or path.stat().st_size <= keep_bytes:
        return False
    aside = path.with_suffix(f"{path.suffix}.1")
    try:
        shutil.copyfile(path, aside)
    except OSError as error:
        log.warning("%s could not be rotated and is emptied: %s", path, error)
        aside.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True
