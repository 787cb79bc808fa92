"""Bulletins that have aired and still stand on boards are distinguished from those still to air."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.boards.showings import is_only_shown
from broadcast.bulletins.model import BoardText, BulletinStatus, Rendition, Sound
from tests.fakes.programme import bulletin, local, schedule

STARTS = local("2026-03-02T17:00")
MINUTE = timedelta(minutes=1)
SOUND = Sound(renditions=(Rendition("device-opus", "a" * 64, 9, 60_000, "audio/ogg"),))
SHOWN = replace(
    bulletin(), status=BulletinStatus.SCHEDULED, schedules=(schedule(),), sound=SOUND, board=BoardText("Cắt điện")
)


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-1, False), (0, False), (0.5, False), (0.99, False), (1, True), (90, True)]
)
def test_it_is_only_shown_once_its_last_airing_is_over(minutes: float, *, expected: bool) -> None:
    assert is_only_shown(SHOWN, STARTS + minutes * MINUTE) is expected


def test_what_no_board_shows_or_is_not_scheduled_is_what_its_status_says() -> None:
    later = STARTS + timedelta(hours=1)
    assert not is_only_shown(replace(SHOWN, board=None), later)
    assert not is_only_shown(replace(SHOWN, status=BulletinStatus.APPROVED), later)
    assert is_only_shown(replace(SHOWN, sound=Sound()), STARTS + timedelta(milliseconds=1))
    assert not is_only_shown(replace(SHOWN, schedules=(schedule(rrule="FREQ=DAILY"),)), later)
