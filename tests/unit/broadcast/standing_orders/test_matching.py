from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience, Disc, Purpose
from broadcast.bulletins.model import Targets
from broadcast.standing_orders.matching import (
    BURST_MAX,
    Match,
    MatchOutcome,
    concerned,
    firing_of,
    is_within_hours,
    match,
)
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    Firing,
    HoldReason,
    IncomingWarning,
    SourceId,
    StandingBounds,
    WarningSeverity,
)
from province.areas import AreaId
from province.people import UserId
from tests.fakes.programme import C1, C2, C3, NORTH, NOW, PROVINCE, TREE, local

GROUND = PlaceIndex(TREE)
TSUNAMI_CENTRE, OTHER_CENTRE = SourceId("sender sóng-thần@vn"), SourceId("feed khu vực")
_MINUTE = timedelta(minutes=1)


def pattern(*areas: AreaId, kind: AlertKind = AlertKind.LIVE, **changes: Any) -> Alert:
    values: dict[str, Any] = {
        "id": AlertId("pattern"),
        "kind": kind,
        "hazard": Hazard.TSUNAMI,
        "level": AlertLevel.THREE,
        "headline": "Sóng thần",
        "audience": Audience(Targets(areas or (C1,))),
        "facts": AlertFacts(),
        "wordings": (),
        "rounds": Rounds(),
        "expires_at": NOW,
        "author_id": UserId("u-1"),
        "author_name": "Lan",
        "created_at": NOW,
        "changed_at": NOW,
        **changes,
    }
    return Alert(**values)


def bounds(**changes: Any) -> StandingBounds:
    values: dict[str, Any] = {
        "sources": (TSUNAMI_CENTRE, OTHER_CENTRE),
        "hazards": (Hazard.TSUNAMI,),
        "severity_min": WarningSeverity.SEVERE,
        "valid_from_at": NOW - timedelta(days=1),
        "valid_until_at": NOW + timedelta(days=100),
        "daily_from": time(),
        "daily_until": time(),
        "firings_max": 3,
        "rest_minutes": 60,
        "lasts_minutes": 60,
        **changes,
    }
    return StandingBounds(**values)


def order(name: str = "o-1", sends: Alert | None = None, **changes: Any) -> AlertStandingOrder:
    values: dict[str, Any] = {"status": AlertStandingOrderStatus.AGREED, "proposed_at": NOW}
    values |= {each: changes.pop(each) for each in values if each in changes}
    return AlertStandingOrder(
        AlertStandingOrderId(name),
        sends or pattern(),
        bounds(**changes),
        proposed_by=UserId("u-1"),
        proposed_by_name="Lan",
        **values,
    )


def warning(*areas: AreaId, source: SourceId = TSUNAMI_CENTRE, **changes: Any) -> IncomingWarning:
    values: dict[str, Any] = {
        "sources": (source,),
        "proved": (source,),
        "identifier": "w-1",
        "hazard": Hazard.TSUNAMI,
        "severity": WarningSeverity.EXTREME,
        "severity_most": WarningSeverity.EXTREME,
        "audience": Audience(Targets(areas or (C1,))),
        "sent_at": NOW - _MINUTE,
        "begins_at": NOW + 30 * _MINUTE,
        "expires_at": NOW + 180 * _MINUTE,
        "is_drill": False,
        **changes,
    }
    return IncomingWarning(**values)


def decided(told: IncomingWarning, *orders: AlertStandingOrder, **changes: Any) -> Match:
    firings = changes.pop("firings", ())
    values: dict[str, Any] = {"alerts": (), "unfit": {}, "is_on": True, "ground": GROUND, "now": NOW, **changes}
    return match(told, concerned(told, orders, GROUND), firings, **values)


def fired(told: IncomingWarning, by: AlertStandingOrder) -> Firing:
    (planned, *_) = decided(told, by).planned
    return firing_of(planned, told, NOW, firing_id="f-1", alert_id="a-1")


def test_a_warning_within_all_bounds_fires_in_the_places_that_both_mean() -> None:
    found = decided(warning(C1, C3), order(sends=pattern(NORTH)))
    assert found.outcome is MatchOutcome.FIRES
    (planned,) = found.planned
    assert planned.audience.targets == Targets((C1,))
    assert planned.is_cut
    assert not decided(warning(C1), order(sends=pattern(NORTH))).planned[0].is_cut


def test_a_shape_of_the_warning_chooses_places_and_the_order_s_own_shape_holds() -> None:
    disc = Disc(10.9, 108.2, 3000)
    shaped = warning(audience=Audience(Targets((C1,)), discs=(Disc(1.0, 2.0, 5),)))
    assert decided(shaped, order()).planned[0].audience == Audience(Targets((C1,)))
    own = pattern(audience=Audience(Targets((NORTH,)), discs=(disc,)))
    assert decided(shaped, order(sends=own)).planned[0].audience == Audience(Targets((C1,)), discs=(disc,))


@pytest.mark.parametrize(
    "changes",
    [
        {"source": SourceId("sender ai@đó")},
        {"hazard": Hazard.FLOOD},
        {"severity": WarningSeverity.MODERATE, "severity_most": WarningSeverity.MODERATE},
        {"audience": Audience(Targets((C3,)))},
        {"audience": Audience()},
        {"is_drill": True},
    ],
)
def test_a_warning_that_no_order_is_about_is_left_to_people_as_ever(changes: dict[str, Any]) -> None:
    assert decided(warning(**changes), order()) == Match(MatchOutcome.NOTHING)


@pytest.mark.parametrize("status", [AlertStandingOrderStatus.PROPOSED, AlertStandingOrderStatus.ENDED])
def test_an_order_that_nobody_agreed_to_or_that_has_ended_is_none(status: AlertStandingOrderStatus) -> None:
    assert decided(warning(), order(status=status)).outcome is MatchOutcome.NOTHING


def test_a_real_warning_and_an_exercise_each_fire_only_their_own_kind_of_order() -> None:
    live, drill = order("live"), order("drill", pattern(kind=AlertKind.DRILL))
    for told, mine in ((warning(), live), (warning(is_drill=True), drill)):
        found = decided(told, live, drill)
        assert [each.order for each in found.planned] == [mine]
        assert not found.reasons


R = HoldReason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"proved": ()}, R.NOT_PROVED),
        ({"is_first": False}, R.NOT_FIRST),
        ({"sent_at": NOW - timedelta(minutes=15, seconds=1)}, R.STALE),
        ({"sent_at": NOW + timedelta(seconds=31)}, R.SENT_LATER),
        ({"expires_at": NOW}, R.EXPIRED),
        ({"begins_at": NOW + timedelta(hours=6, seconds=1)}, R.FAR_AHEAD),
        ({"is_whole": False}, R.FAULTY),
        ({"is_clear": False}, R.UNCLEAR),
        ({"is_certain": False}, R.UNCERTAIN),
        ({"severity": WarningSeverity.MODERATE}, R.MIXED),
    ],
)
def test_a_doubtful_warning_is_held_with_its_reason(changes: dict[str, Any], reason: HoldReason) -> None:
    found = decided(warning(**changes), order())
    assert (found.outcome, found.reasons, found.planned) == (MatchOutcome.HOLDS, (reason,), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": AlertStandingOrderStatus.SUSPENDED}, R.SUSPENDED),
        ({"valid_until_at": NOW}, R.OVER),
        ({"valid_from_at": NOW + _MINUTE}, R.NOT_BEGUN),
        ({"daily_from": time(9), "daily_until": time(17)}, R.OUTSIDE_HOURS),
    ],
)
def test_an_order_that_is_not_in_effect_holds_what_it_is_about(changes: dict[str, Any], reason: HoldReason) -> None:
    assert decided(warning(), order(**changes)).reasons == (reason,)


def test_the_switch_of_the_province_and_what_the_caller_found_hold_too() -> None:
    found = decided(warning(), order(), is_on=False, unfit={"o-1": (R.CHANGED, R.LOST_RIGHT)})
    assert found.reasons == (R.OFF, R.CHANGED, R.LOST_RIGHT)


def test_a_warning_of_unknown_severity_fires_nothing() -> None:
    unknown = warning(severity=WarningSeverity.UNKNOWN, severity_most=WarningSeverity.EXTREME)
    assert decided(unknown, order()).reasons == (R.UNCERTAIN, R.MIXED)


def test_hours_of_the_day_may_cross_midnight() -> None:
    night = order(daily_from=time(21), daily_until=time(5))
    assert [is_within_hours(night, local(f"2026-03-02T{hour}")) for hour in ("20:59", "21:00", "04:59", "05:00")] == [
        False,
        True,
        True,
        False,
    ]
    day = order(daily_from=time(7), daily_until=time(19))
    assert [is_within_hours(day, local(f"2026-03-02T{hour}")) for hour in ("06:59", "07:00", "18:59", "19:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_same_event_from_five_sources_sounds_once() -> None:
    senders = [SourceId(f"sender {n}") for n in range(5)]
    by = order(sources=tuple(senders))
    first = warning(source=senders[0])
    known = [fired(first, by)]
    for n, source in enumerate(senders[1:], 1):
        told = warning(source=source, identifier=f"w-{n}", begins_at=NOW + n * 7 * _MINUTE, sent_at=NOW)
        found = decided(told, by, firings=known, now=NOW + n * _MINUTE)
        assert (found.outcome, found.firing) == (MatchOutcome.REPEATS, known[0])


def test_the_same_event_in_places_that_were_not_warned_yet_sounds_there_alone() -> None:
    north = order(sends=pattern(NORTH), rest_minutes=0)
    found = decided(warning(NORTH, source=OTHER_CENTRE), north, firings=[fired(warning(C1), north)])
    assert [each.audience.targets for each in found.planned] == [Targets((C2,))]


def test_the_same_event_with_a_higher_severity_is_for_people() -> None:
    severe = warning(severity=WarningSeverity.SEVERE, severity_most=WarningSeverity.SEVERE)
    found = decided(warning(), order(rest_minutes=0), firings=[fired(severe, order())])
    assert (found.outcome, found.reasons) == (MatchOutcome.HOLDS, (R.ESCALATES,))


def test_another_event_after_the_first_one_is_over_fires_again() -> None:
    by = order(rest_minutes=10)
    known = [fired(warning(), by)]
    later = NOW + timedelta(hours=2)
    told = warning(sent_at=later, begins_at=later, expires_at=later + timedelta(hours=1))
    assert decided(told, by, firings=known, now=later).outcome is MatchOutcome.FIRES
    other_hazard = [replace(known[0], hazard=Hazard.FLOOD)]
    assert decided(warning(), by, firings=other_hazard, now=NOW + 11 * _MINUTE).outcome is MatchOutcome.FIRES


def test_an_update_of_what_sounded_is_held_and_no_repetition() -> None:
    found = decided(warning(is_first=False), order(rest_minutes=0), firings=[fired(warning(), order())])
    assert (found.outcome, found.reasons) == (MatchOutcome.HOLDS, (R.NOT_FIRST,))


def test_an_order_fires_only_so_often_and_never_at_once_again() -> None:
    by, later = order(firings_max=2, rest_minutes=600), NOW + timedelta(hours=5)
    told = warning(sent_at=later, begins_at=later, expires_at=later + timedelta(hours=1))
    once = [fired(warning(), by)]
    assert decided(told, by, firings=once, now=later).reasons == (R.TOO_SOON,)
    twice = [*once, replace(once[0], fired_at=NOW - timedelta(days=300))]
    assert decided(told, by, firings=twice, now=later).reasons == (R.USED_UP, R.TOO_SOON)


def test_many_firings_within_an_hour_leave_the_next_to_people() -> None:
    other = replace(fired(warning(), order()), order_id=AlertStandingOrderId("o-2"), hazard=Hazard.FLOOD)
    assert decided(warning(), order(), firings=[other] * (BURST_MAX - 1)).outcome is MatchOutcome.FIRES
    assert decided(warning(), order(), firings=[other] * BURST_MAX).reasons == (R.BURST,)
    assert decided(warning(), order(), firings=[replace(other, is_drill=True)] * BURST_MAX).planned


def test_people_s_own_alert_of_the_hazard_in_force_there_leaves_it_to_them() -> None:
    own = pattern(NORTH, status=AlertStatus.ACTIVE)
    assert decided(warning(), order(), alerts=[own]).reasons == (R.IN_FORCE,)
    others = [
        replace(own, kind=AlertKind.DRILL),
        replace(own, status=AlertStatus.SUBMITTED),
        replace(own, purpose=Purpose.ALL_CLEAR),
        replace(own, hazard=Hazard.FLOOD),
        replace(own, audience=Audience(Targets((C3,)))),
    ]
    assert decided(warning(), order(), alerts=others).planned
    drill = order(sends=pattern(kind=AlertKind.DRILL))
    assert decided(warning(is_drill=True), drill, alerts=others).reasons == (R.IN_FORCE,)


def test_the_alert_of_the_firing_itself_is_not_people_s_own() -> None:
    north, own = order(sends=pattern(NORTH), rest_minutes=0), pattern(C1, id=AlertId("a-1"), status=AlertStatus.ACTIVE)
    found = decided(warning(NORTH), north, firings=[fired(warning(C1), north)], alerts=[own])
    assert found.outcome is MatchOutcome.FIRES


def test_two_orders_about_one_warning_sound_each_place_once() -> None:
    north, all_of_it = order("north", pattern(NORTH)), order("all", pattern(PROVINCE), proposed_at=NOW + _MINUTE)
    found = decided(warning(PROVINCE), all_of_it, north)
    assert [(each.order.id, each.audience.targets.areas) for each in found.planned] == [
        ("north", (NORTH,)),
        ("all", ("p-s",)),
    ]
    twin = order("twin", pattern(NORTH), proposed_at=NOW + 2 * _MINUTE)
    assert [each.order.id for each in decided(warning(C1), north, twin).planned] == ["north"]


def test_an_order_that_is_held_does_not_hold_another_one() -> None:
    asleep = order("asleep", status=AlertStandingOrderStatus.SUSPENDED, proposed_at=NOW - _MINUTE)
    found = decided(warning(), asleep, order("awake"))
    assert [each.order.id for each in found.planned] == ["awake"]
    assert found.order is None
    south = order("south", pattern(C3), status=AlertStandingOrderStatus.SUSPENDED)
    both = decided(warning(C1, C3), south, order("awake"))
    assert both.order is south
    assert (both.outcome, both.reasons) == (MatchOutcome.FIRES, (R.SUSPENDED,))


PLACES = (C1, C2, C3, NORTH, PROVINCE)
_OFFSETS = st.integers(-60, 600).map(lambda minutes: NOW + minutes * _MINUTE)
WARNINGS = st.builds(
    warning,
    source=st.sampled_from((TSUNAMI_CENTRE, OTHER_CENTRE, SourceId("feed lạ"))),
    proved=st.sampled_from(((), (TSUNAMI_CENTRE,), (OTHER_CENTRE,))),
    hazard=st.sampled_from((Hazard.TSUNAMI, Hazard.FLOOD)),
    severity=st.sampled_from(WarningSeverity),
    severity_most=st.sampled_from(WarningSeverity),
    audience=st.lists(st.sampled_from(PLACES), max_size=3).map(lambda areas: Audience(Targets(tuple(areas)))),
    sent_at=_OFFSETS,
    begins_at=_OFFSETS,
    expires_at=_OFFSETS,
    is_drill=st.booleans(),
    is_first=st.booleans(),
    is_whole=st.booleans(),
    is_clear=st.booleans(),
    is_certain=st.booleans(),
)
ORDERS = st.lists(
    st.builds(
        order,
        st.sampled_from(("o-1", "o-2", "o-3")),
        st.builds(pattern, st.sampled_from(PLACES), kind=st.sampled_from(AlertKind)),
        status=st.sampled_from(AlertStandingOrderStatus),
        severity_min=st.sampled_from((WarningSeverity.MODERATE, WarningSeverity.EXTREME)),
        firings_max=st.integers(1, 3),
        rest_minutes=st.sampled_from((0, 60)),
    ),
    max_size=3,
    unique_by=lambda each: each.id,
)


@settings(max_examples=120, deadline=None)
@given(st.lists(WARNINGS, max_size=6), ORDERS, st.booleans())
def test_nothing_sounds_outside_an_order_and_no_place_twice_for_one_event(
    told: list[IncomingWarning], orders: list[AlertStandingOrder], is_on: bool
) -> None:
    firings: list[Firing] = []
    for n, each in enumerate(told):
        found = decided(each, *orders, firings=firings, is_on=is_on, now=NOW + n * _MINUTE)
        assert bool(found.planned) is (found.outcome is MatchOutcome.FIRES)
        assert bool(found.reasons) is (found.order is not None)
        for planned in found.planned:
            by, now = planned.order, NOW + n * _MINUTE
            assert is_on
            assert by.status is AlertStandingOrderStatus.AGREED
            assert by.is_drill is each.is_drill
            assert set(by.bounds.sources) & set(each.proved)
            assert each.severity >= by.bounds.severity_min
            assert each.is_first and each.is_whole and each.is_clear and each.is_certain  # noqa: PT018 - one claim
            assert (
                now - timedelta(minutes=15) <= each.sent_at <= now + timedelta(seconds=30) < each.expires_at + _MINUTE
            )
            places = GROUND.lowest(planned.audience)
            assert places
            assert places <= GROUND.lowest(by.pattern.audience) & GROUND.lowest(each.audience)
            firings.append(firing_of(planned, each, now, firing_id=f"f-{len(firings)}", alert_id=f"a-{len(firings)}"))
    for by in orders:
        assert sum(each.order_id == by.id for each in firings) <= by.bounds.firings_max
    for n, one in enumerate(firings):
        for other in firings[:n]:
            is_same = one.hazard is other.hazard and one.is_drill is other.is_drill
            is_apart = GROUND.lowest(one.audience).isdisjoint(GROUND.lowest(other.audience))
            assert not is_same or is_apart or one.begins_at > other.ends_at or other.begins_at > one.ends_at
