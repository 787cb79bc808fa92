"""Choices of people and planners in ``test_nothing_unapproved``, and the snapshot an approver saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hypothesis import strategies as st

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.review_snapshots import Shown
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from province.people import Actor, UserId
from tests.fakes.programme import C1, C2, C3, NORTH, PROVINCE, schedule

PEOPLE = tuple(Actor(UserId(f"u-{name}"), name, ()) for name in ("Lan", "Bình", "Tám"))
people = st.sampled_from(PEOPLE)
bulletins = st.integers(0, 1)
texts = st.sampled_from(("Họp lúc 7 giờ.", "Họp lúc 8 giờ.", "Nghỉ họp."))
targets = st.sampled_from((Targets((PROVINCE,)), Targets((NORTH,), (C2,)), Targets((C1,)), Targets((C3,))))
schedules = st.sampled_from(
    (
        (schedule("2026-03-02T17:00"),),
        (schedule("2026-03-02T17:00", "FREQ=DAILY"),),
        (schedule("2026-03-03T06:00"), schedule("2026-03-02T12:00", "FREQ=DAILY", "s2")),
        (),
    )
)
fillings = st.sampled_from(
    (
        (schedule("2026-03-03T12:00"),),
        (schedule("2026-03-02T11:30", "FREQ=DAILY;COUNT=3"),),
        (schedule("2026-03-02T12:00", "FREQ=DAILY"),),
        (schedule("2026-03-03T13:00"),),
    )
)
edits = st.sampled_from(
    (
        MoveEdit(raise_class=True),
        MoveEdit(exclude=(C2,)),
        MoveEdit(leave_out=(("s1", date(2026, 3, 3)),)),
        MoveEdit(Shift("s1", date(2026, 3, 3), datetime(2026, 3, 3, 9), MoveScope.FOLLOWING)),  # noqa: DTZ001 - wall time
    )
)
NORMAL = PriorityClass.NORMAL
priorities = st.sampled_from(PriorityClass)
DAYS = 3


@dataclass(frozen=True)
class Approved:
    """Snapshot that the approver saw, and the people who took part in it."""

    shown: Shown
    by: UserId
    hands: frozenset[UserId]
    is_in_force: bool = True
