"""Bulletins with no airing left whose text stays on boards: aired, but still scheduled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import BoardText, BulletinStatus, Sound
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.recurrence import next_start_at


class Scheduled(Protocol):
    """A bulletin, or an entry of a list of bulletins."""

    @property
    def status(self) -> BulletinStatus: ...
    @property
    def schedules(self) -> tuple[Schedule, ...]: ...
    @property
    def valid_from_at(self) -> datetime | None: ...
    @property
    def valid_until_at(self) -> datetime | None: ...
    @property
    def sound(self) -> Sound: ...
    @property
    def board(self) -> BoardText | None: ...


def is_only_shown(bulletin: Scheduled, now: datetime) -> bool:
    """Return whether its last airing has ended while it stays on boards and so is still scheduled."""
    if bulletin.status is not BulletinStatus.SCHEDULED or bulletin.board is None:
        return False
    made = bulletin.sound.rendition(DEVICE_RENDITION)
    length = timedelta(milliseconds=0 if made is None else made.duration_ms)
    low, high = bulletin.valid_from_at, bulletin.valid_until_at
    return next_start_at(bulletin.schedules, now - length, low, high) is None
