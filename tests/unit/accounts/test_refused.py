"""Refusals in the log: none is lost, none fills it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cms.platform import refusal_log
from cms.platform.refusal_log import KEYS_MOST, Refusals
from province.events import Event

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Log:
    """Unit of work that keeps the recorded events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.commits = 0

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        yield self

    def reading(self) -> Any:
        raise NotImplementedError

    def record(self, event: Event) -> None:
        self.events.append(event)

    def commit(self) -> None:
        self.commits += 1


def test_the_first_is_written_at_once_and_the_others_of_its_minute_as_one() -> None:
    log: Any = Log()
    refusals = Refusals()
    for second in range(30):
        refusals.note(log, refusal_log.wrong_token("192.0.2.1", NOW + timedelta(seconds=second)), "192.0.2.1")
    assert (len(log.events), log.commits) == (1, 1)
    refusals.note(log, refusal_log.wrong_token("192.0.2.2", NOW + timedelta(seconds=61)), "192.0.2.2")
    events = [(event.detail["source"], event.detail.get("count")) for event in log.events]
    assert events == [("192.0.2.1", None), ("192.0.2.1", 29), ("192.0.2.2", None)]


def test_however_many_come_the_log_grows_slowly() -> None:
    log: Any = Log()
    refusals = Refusals()
    for number in range(4 * KEYS_MOST):
        refusals.note(log, refusal_log.wrong_token(f"s-{number}", NOW), f"s-{number}")
    assert len(log.events) == KEYS_MOST + 1
    refusals.note(log, refusal_log.wrong_token("late", NOW + timedelta(minutes=2)), "late")
    assert sum(int(str(event.detail.get("count", 1))) for event in log.events) == 4 * KEYS_MOST + 1
