"""Neighbours heard at a mute box: nothing is proven but by its own microphone, with its own horn silent."""

from __future__ import annotations

import pytest

from devices.health.neighbour_proof import neighbours_db
from devices.protocol.messages import RoundLevels


def levels(sounding_db: float = -40.0, pause_db: float = -54.0, pauses: int = 2, amp_ma: int = 60) -> RoundLevels:
    return RoundLevels(sounding_db=sounding_db, pause_db=pause_db, pauses=pauses, amp_ma=amp_ma)


@pytest.mark.parametrize(
    ("measured", "heard_db"),
    [
        (None, None),
        (levels(), -40.0),
        (levels(amp_ma=90), -40.0),
        # Its own horn sounded in a part of the round, or a short circuit drew the current.
        (levels(amp_ma=91), None),
        (levels(amp_ma=3_200), None),
        # One pause may be chance.
        (levels(pauses=1), None),
        (levels(sounding_db=-44.0), -44.0),
        (levels(sounding_db=-44.1), None),
        # A street as loud in the pauses as between them, however loud.
        (levels(sounding_db=-20.0, pause_db=-25.0), None),
        (levels(sounding_db=-50.0, pause_db=-30.0), None),
    ],
)
def test_neighbours_are_heard_where_the_own_horn_is_silent_and_the_pauses_stand_out(
    measured: RoundLevels | None, heard_db: float | None
) -> None:
    assert neighbours_db(measured) == heard_db
