"""Bulletins of which no airing is left, and whose text boards show on: they have been aired, and are not over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from broadcast.framing import DEVICE_RENDITION
from broadcast.model.bulletins import BoardText, BulletinStatus, Sound
from broadcast.model.schedules import Schedule
from broadcast.recurrence import next_start_at


class Scheduled(Protocol):
    """A bulletin, or a line of a list of them."""

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
    """Whether its last airing is over, while it stands on boards and so still is scheduled."""
    if bulletin.status is not BulletinStatus.SCHEDULED or bulletin.board is None:
        return False
    made = bulletin.sound.rendition(DEVICE_RENDITION)
    length = timedelta(milliseconds=0 if made is None else made.duration_ms)
    low, high = bulletin.valid_from_at, bulletin.valid_until_at
    return next_start_at(bulletin.schedules, now - length, low, high) is None
