"""Folded log: records that repeat are counted instead."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest

from cms.platform.process import logs
from cms.platform.process.logs import LINES, TRACES, WINDOW_S, FoldRepeats, fold, fold_root


class LogRecorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Iterator[LogRecorder]:
    handler = LogRecorder()
    handler.addFilter(FoldRepeats(clock))
    log = logging.getLogger("test.folding")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


log = logging.getLogger("test.folding")


def fail(error: Exception) -> None:
    try:
        raise error
    except (ValueError, KeyError):
        log.exception("the loop failed")


def test_a_repeated_exception_is_one_line_with_its_count(kept: LogRecorder, clock: Clock) -> None:
    for _ in range(256):
        fail(ValueError("gone"))
    assert len(kept.lines) == TRACES
    clock.now_s += WINDOW_S
    fail(ValueError("gone"))
    assert kept.lines[-1] == f"the loop failed (and {256 - TRACES} more like it were left out)"
    clock.now_s += WINDOW_S
    fail(ValueError("gone"))
    assert kept.lines[-1] == "the loop failed"


def test_another_exception_of_the_same_line_is_written(kept: LogRecorder) -> None:
    for _ in range(10):
        fail(ValueError("gone"))
    fail(KeyError("other"))
    assert len(kept.lines) == TRACES + 1


def test_refused_messages_are_sampled_and_counted(kept: LogRecorder, clock: Clock) -> None:
    def refuse(count: int) -> None:
        for number in range(count):
            log.warning("a message on %s is not used", f"loa/1/d/{number}/evt")

    refuse(1860)
    assert kept.lines == [f"a message on loa/1/d/{number}/evt is not used" for number in range(LINES)]
    clock.now_s += WINDOW_S
    refuse(1)
    assert "1840 more like it" in kept.lines[-1]


def test_what_is_no_warning_is_never_folded(kept: LogRecorder) -> None:
    log.setLevel(logging.INFO)
    for number in range(100):
        log.info("alert %d went out", number)
    assert len(kept.lines) == 100


def test_a_handler_folds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handler, last = LogRecorder(), LogRecorder()
    fold([handler, handler, None])
    monkeypatch.setattr(logging, "lastResort", last)
    fold_root()
    fold_root()
    assert [len(each.filters) for each in (handler, last)] == [1, 1]
    root = logging.getLogger().handlers
    for each in root:
        each.filters = [found for found in each.filters if not isinstance(found, logs.FoldRepeats)]


def test_a_json_line_names_what_the_message_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    handler = logging.StreamHandler(out)
    monkeypatch.setattr(logging, "lastResort", None)
    monkeypatch.setenv("LOA_LOG_FORMAT", "json")
    fold([handler])
    log.addHandler(handler)
    try:
        log.warning("device %s answered order %s after %.1f s: %d %%", "xa-1-l01", "o-1", 0.25, 7)
        log.warning("đã phát")
        fail(ValueError("hỏng"))
        log.error("job %s failed", "j-1")
    finally:
        log.removeHandler(handler)
    first, second, third, fourth = map(json.loads, out.getvalue().splitlines())
    assert (first["device"], first["order"]) == ("xa-1-l01", "o-1")
    assert first["message"] == "device xa-1-l01 answered order o-1 after 0.2 s: 7 %"
    assert (first["level"], first["logger"], first["pid"]) == ("WARNING", log.name, os.getpid())
    assert datetime.fromisoformat(first["time"]).utcoffset() == timedelta(0)
    assert second.keys() == {"time", "level", "logger", "message", "pid", "thread"}
    assert "đã phát" in out.getvalue()
    assert "ValueError: hỏng" in third["error"]
    assert fourth["job"] == "j-1"
