"""Programmes that collide, cross midnight, repeat and meet quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.area_rules import AreaRules, QuietWindow, Quota
from tests.fakes.programme import C1, C2, C3, MONDAY, NORTH, PROVINCE, schedule, transmission

RRULES = ("", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,WE,SU", "FREQ=DAILY;COUNT=3")
# Few minutes of the day, round midnight and the edges of the night, so that things meet.
CLOCKS = ("00:00", "00:05", "05:25", "05:30", "17:00", "17:03", "21:20", "21:29", "23:40", "23:55")
WINDOWS = st.sampled_from(
    (
        (),
        (QuietWindow(time(21, 30), time(5, 30)),),
        (QuietWindow(time(17, 1), time(17, 2)), QuietWindow(time(23, 50), time(0, 3))),
    )
)

QUOTAS = st.sampled_from(
    (
        Quota(),
        Quota(sessions=2, session_min=15),
        Quota(sessions=1, weekdays=(0, 2, 3)),
        Quota(day_min=50),
        Quota(sessions=3, session_min=410, day_min=420, weekdays=(0, 1, 2, 3, 4)),
    )
)

rules = st.builds(
    AreaRules, quiet=WINDOWS, quota=QUOTAS, exempt_on=st.sampled_from(((), (MONDAY + timedelta(days=1),)))
)


@st.composite
def transmissions(draw: st.DrawFn, name: str = "t1") -> Transmission:
    def one(schedule_id: str) -> Schedule:
        on = MONDAY + timedelta(days=draw(st.integers(-2, 4)))
        return schedule(f"{on}T{draw(st.sampled_from(CLOCKS))}", draw(st.sampled_from(RRULES)), schedule_id)

    schedules = [one(f"s{n}") for n in range(draw(st.integers(1, 2)))]
    return transmission(
        name,
        *schedules,
        priority=draw(st.sampled_from(PriorityClass)),
        minutes=draw(st.sampled_from((1, 2, 3, 10, 45, 400, 1300))),
        approved_at=datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 3))),
        targets=Targets((draw(st.sampled_from((PROVINCE, NORTH, C1, C2, C3))),)),
    )


programmes = st.integers(0, 7).flatmap(lambda count: st.tuples(*(transmissions(f"t{n}") for n in range(count))))
