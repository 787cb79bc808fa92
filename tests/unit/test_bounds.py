"""Bounds of work: whatever rules people store and whatever boxes and other systems send, each computation ends.

Steps are counted, not seconds. The limits are those of the largest input, with a margin: they are not costs to keep.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadcast.alerts.cap.findings import FindingCode
from broadcast.bulletins.framing import Framing
from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.conflicts import ClashSurroundings, find_clashes
from broadcast.scheduling.planning import Difference, plan_days
from broadcast.scheduling.recurrence import airings, all_problems, is_airing_date, next_start_at
from broadcast.scheduling.recurrence.occurrences import OCCURRENCES_MAX
from cms.exchange.cap.check import check
from cms.exchange.cap.reader import MAX_DEPTH, MAX_ELEMENTS
from cms.platform.gateway.inbound import ITEMS_A_MINUTE, ITEMS_AT_ONCE, SUBSCRIPTIONS, understand
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.limits import ITEMS_MAX, MESSAGE_MAX_BYTES
from devices.protocol.messages import Telemetry
from devices.rate_limit import RateLimit
from tests.builders.in_memory.strategies import rules
from tests.builders.steps import TooManyStepsError, at_most
from tests.fakes.programme import C1, C2, MONDAY, NOW, TREE, schedule, transmission

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)
DATES_STEPS = 20_000
"""A year of a daily rule is 366 dates; a rule of a hundred cycles a year that are all left out takes the most."""
PROGRAMME_STEPS = 500_000
"""Eight transmissions of up to two schedules a day, each with each, on 31 days."""

wall_times = st.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001 - wall times
rrules = st.one_of(
    st.just(""),
    st.builds(
        lambda parts: ";".join(f"{name}={value}" for name, value in parts.items()),
        st.fixed_dictionaries(
            {"FREQ": st.sampled_from(("DAILY", "WEEKLY", "MONTHLY"))},
            optional={
                "INTERVAL": st.integers(1, 366),
                "BYDAY": st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(",".join),
                "BYMONTHDAY": st.integers(-31, 31),
                "COUNT": st.integers(1, 5000),
                "UNTIL": st.dates(date(1970, 1, 1), date(9999, 12, 31)).map("{:%Y%m%d}".format),
            },
        ),
    ),
    st.text(max_size=40),
)


@st.composite
def schedules(draw: st.DrawFn, starts: st.SearchStrategy[datetime] = wall_times) -> Schedule:
    first = draw(starts)
    left_out = [first.date() + n * DAY for n in draw(st.lists(st.integers(0, 400), max_size=20))]
    return schedule(f"{first:%Y-%m-%dT%H:%M}", draw(rrules), except_on=tuple(left_out[:10]), closed_on=tuple(left_out))


@example(schedule("2026-12-01T06:00", "FREQ=DAILY;INTERVAL=7;BYDAY=MO"), NOW).via("no date at all: once without end")
@example(schedule("2026-12-01T06:00", "FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12"), NOW).via("a month without the day")
@given(schedules(), st.datetimes(datetime(1970, 1, 2), datetime(9990, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_rule_that_may_be_stored_is_expanded_in_bounded_steps(rule: Schedule, since_at: datetime) -> None:
    with at_most(DATES_STEPS):
        if all_problems((rule,)):
            return
        found = airings(rule, since_at, since_at + 400 * DAY)
        next_start_at((rule,), since_at)
        is_airing_date(rule, since_at.date())
    assert len(found) <= OCCURRENCES_MAX


near = st.builds(
    lambda days, minute: datetime.combine(MONDAY + days * DAY, time(minute // 60, minute % 60)),
    st.integers(-40, 40),
    st.integers(0, 24 * 60 - 1),
)


@st.composite
def transmissions(draw: st.DrawFn, name: str) -> Transmission:
    wanted = [
        replace(each, id=f"s{number}")
        for number, each in enumerate(draw(st.lists(schedules(near), min_size=1, max_size=3)))
        if not all_problems((each,))
    ]
    return transmission(
        name,
        *(wanted or [schedule()]),
        priority=draw(st.sampled_from(PriorityClass)),
        minutes=draw(st.sampled_from((1, 10, 45, 1300))),
        targets=Targets((draw(st.sampled_from((C1, C2))),)),
    )


programmes = st.integers(0, 7).flatmap(lambda count: st.tuples(*(transmissions(f"t{n}") for n in range(count))))


@given(programme=programmes, wanted=transmissions("wanted"), rule=rules)
@settings(max_examples=25, deadline=None)
def test_conflicts_preflights_and_plans_take_bounded_steps(
    programme: tuple[Transmission, ...], wanted: Transmission, rule: AreaRules
) -> None:
    wanted = replace(wanted, id=TransmissionId("wanted"), approved_at=NOW)
    areas = {C1: rule, C2: rule}
    with at_most(PROGRAMME_STEPS):
        find_clashes(wanted, ClashSurroundings(tuple(areas), programme, TREE, areas), NOW)
        difference = Difference(wanted, NOW, 7, Framing(TREE))
        for area_id in areas:
            here = [each for each in programme if reaches(each.targets, TREE, area_id)]
            difference.of(area_id, rule, here)
            plan_days(area_id, MONDAY, 7, [*here, wanted], rule)


CAP_STEPS = 10 * MAX_ELEMENTS
_OPEN = b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
_DEEP = b"<info>" * 4_000
_WIDE = b"<info/>" * 100_000
_RING = b"<info><area><polygon>" + b"1,1 " * 100_000 + b"</polygon></area></info>"
_BOMB = b'<!DOCTYPE a [<!ENTITY b "%s">]><a>&b;</a>' % (b"b" * 10_000)


@example(_OPEN + _DEEP)
@example(_OPEN + _WIDE)
@example(_OPEN + _RING + b"</alert>")
@example(_BOMB)
@given(
    st.one_of(
        st.binary(max_size=400), st.lists(st.sampled_from((_OPEN, b"<info>", b"</info>", b"x", b"&#1;"))).map(b"".join)
    )
)
def test_whatever_comes_as_a_warning_is_read_in_bounded_steps(document: bytes) -> None:
    with at_most(CAP_STEPS):
        judgement = check(document)
    assert judgement.findings


def test_a_warning_as_deep_and_wide_as_may_be_is_named_for_it() -> None:
    for document, code in ((_OPEN + _DEEP, FindingCode.TOO_DEEP), (_OPEN + _WIDE, FindingCode.TOO_MANY_ELEMENTS)):
        assert code in {finding.code for finding in check(document).findings}
    assert MAX_DEPTH < 4_000
    assert MAX_ELEMENTS < 100_000


MESSAGE_STEPS = 5_000
"""The interpreter's part of a message: the decoder itself reads each byte once."""
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)
bodies = st.one_of(values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=200))
TOPICS = sorted(each.replace("+", "loa-1") for each in (*SUBSCRIPTIONS, topics.device_telemetry("+")))


def _of_items(field: str, item: object, count: int) -> bytes:
    return json.dumps({"v": 1, "ts": 1, "id": "a", "st": "done", field: [item] * count}).encode()


@example(b"[" * 8_000 + b"]" * 8_000)
@example(b'{"v":' * 2_500 + b"1" + b"}" * 2_500)
@example(_of_items("items", "x" * 40, ITEMS_MAX + 1))
@example(_of_items("records", {}, 5_000))
@example(_of_items("words", {}, 3_000))
@example(b'{"v":1,"manifests":{%s}}' % b",".join(b'"m%d":1' % n for n in range(1_400)))
@example(b"1" * (MESSAGE_MAX_BYTES + 1))
@given(bodies)
def test_whatever_a_box_says_is_taken_or_refused_in_bounded_steps(payload: bytes) -> None:
    for topic in TOPICS:
        with at_most(MESSAGE_STEPS):
            try:
                message = understand(topic, payload)
            except ProtocolError:
                continue
        assert message is None or message.items <= ITEMS_MAX


@given(bodies)
def test_whatever_a_box_says_of_its_health_is_taken_or_refused_in_bounded_steps(payload: bytes) -> None:
    with at_most(MESSAGE_STEPS):
        try:
            codec.decode(Telemetry, payload)
        except ProtocolError:
            return


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, ITEMS_MAX)), max_size=100))
@settings(deadline=None)
def test_a_box_brings_no_more_entries_to_the_store_than_its_limit(messages: Iterable[tuple[float, int]]) -> None:
    """Property of all sizes and times: the last message that is let through may overdraw it, once."""
    limit, now_s, brought = RateLimit(ITEMS_AT_ONCE, ITEMS_A_MINUTE), 0.0, 0
    for pause_s, items in messages:
        now_s += pause_s
        if limit.admits(DeviceId("loud"), now_s):
            limit.charge(DeviceId("loud"), items - 1)
            brought += items
        assert brought <= ITEMS_AT_ONCE + ITEMS_A_MINUTE * now_s / 60 + ITEMS_MAX


def test_the_counter_stops_what_has_no_end() -> None:
    with pytest.raises(TooManyStepsError), at_most(1_000):
        _go_on()
    with at_most(1_000) as steps:
        sum(number for number in range(100))
    assert steps.taken > 100


def _go_on() -> None:
    while True:
        pass
