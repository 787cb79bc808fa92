"""Refusals in the log: none is lost, none fills it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cms.platform import refusal_log
from cms.platform.refusal_log import KEYS_MOST, Refusals
from tests.service_store import ServiceStore

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_the_first_is_written_at_once_and_the_others_of_its_minute_as_one() -> None:
    store: Any = ServiceStore()
    refusals = Refusals()
    for second in range(30):
        refusals.note(store, refusal_log.wrong_token("192.0.2.1", NOW + timedelta(seconds=second)), "192.0.2.1")
    assert (len(store.events()), store.commits) == (1, 1)
    refusals.note(store, refusal_log.wrong_token("192.0.2.2", NOW + timedelta(seconds=61)), "192.0.2.2")
    events = [(event.detail["source"], event.detail.get("count")) for event in store.events()]
    assert events == [("192.0.2.1", None), ("192.0.2.1", 29), ("192.0.2.2", None)]


def test_however_many_come_the_log_grows_slowly() -> None:
    store: Any = ServiceStore()
    refusals = Refusals()
    for number in range(4 * KEYS_MOST):
        refusals.note(store, refusal_log.wrong_token(f"s-{number}", NOW), f"s-{number}")
    assert len(store.events()) == KEYS_MOST + 1
    refusals.note(store, refusal_log.wrong_token("late", NOW + timedelta(minutes=2)), "late")
    assert sum(int(str(event.detail.get("count", 1))) for event in store.events()) == 4 * KEYS_MOST + 1
