"""Faults of the server: their notices, the times of these, and their limits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from cms.health.service.server_faults import GONE_AFTER, LASTS_S, ServerFault, ServerNews
from cms.platform.readiness import CODES
from devices.health.notices import LETTERS_MOST, IncidentStage

START = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
OPENED, OVER = IncidentStage.OPENED, IncidentStage.OVER


class Watched:
    """Fault that is looked at every five seconds."""

    def __init__(self, told: Iterable[str] = ()) -> None:
        self.now = START
        self.fault = ServerFault(told, START)

    def see(self, seconds: int, *codes: str) -> list[ServerNews]:
        """Show these codes for so long; return what was notified."""
        found = []
        for _ in range(0, seconds, 5):
            news = self.fault.look(codes, self.now)
            self.now += timedelta(seconds=5)
            found += [news] if news is not None else []
        return found


def news(stage: IncidentStage, *codes: str) -> ServerNews:
    return ServerNews(stage, frozenset(codes))


def test_every_code_that_is_notified_is_one_of_the_readiness() -> None:
    assert set(LASTS_S) <= set(CODES)


@pytest.mark.parametrize("code", LASTS_S)
def test_a_finding_is_notified_once_it_has_lasted_and_when_it_is_over(code: str) -> None:
    watched = Watched()
    assert watched.see(int(LASTS_S[code]), code) == []
    assert watched.see(600, code) == [news(OPENED, code)]
    assert watched.see(50) == []
    assert watched.see(600) == [news(OVER, code)]


def test_what_keeps_no_alert_from_its_way_is_not_notified() -> None:
    assert Watched().see(3600, "BACKUP_BEHIND", "DISK_LOW", "WORKER_SILENT") == []


def test_one_restart_is_not_notified_and_a_second_one_is() -> None:
    watched = Watched()
    assert watched.see(5, "PROGRAM_AWAY") == []
    assert watched.see(60, "PROGRAM_RESTARTED") == []
    assert watched.see(300) == []
    for _ in range(2):
        assert watched.see(5, "PROGRAM_AWAY") == []
        told = watched.see(60, "PROGRAM_RESTARTED")
        watched.see(30)
    assert told == [news(OPENED, "PROGRAM_RESTARTED")]


def test_what_comes_later_is_notified_in_its_turn_and_one_end_for_all() -> None:
    watched = Watched()
    assert watched.see(15, "DISK_SLOW", "PROGRAM_AWAY") == [news(OPENED, "PROGRAM_AWAY")]
    assert watched.see(100, "DISK_SLOW", "PROGRAM_AWAY") == []
    assert watched.see(60, "DISK_SLOW") == [news(OPENED, "DISK_SLOW")]
    assert watched.see(120) == [news(OVER, "DISK_SLOW", "PROGRAM_AWAY")]


def test_a_fault_that_flaps_is_notified_within_the_limits() -> None:
    watched, told = Watched(), []
    for _ in range(36):
        told += watched.see(30, "GATEWAY_SILENT")
        told += watched.see(int(GONE_AFTER.total_seconds()) + 10)
    assert len(told) <= LETTERS_MOST


def test_what_was_notified_before_is_not_again_and_its_end_is() -> None:
    watched = Watched(["GATEWAY_SILENT"])
    assert watched.see(300, "GATEWAY_SILENT") == []
    assert watched.see(300) == [news(OVER, "GATEWAY_SILENT")]
    assert Watched(["GATEWAY_SILENT"]).see(300) == [news(OVER, "GATEWAY_SILENT")]
