"""Queries of the public pages, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.bulletins.deliveries import Delivery, DeliveryState
from broadcast.bulletins.model import BulletinId, BulletinStatus, Rendition, Sound, SoundState
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, PlanEntry, TransmissionId
from broadcast.feedback.model import PUBLIC, Channel, Feedback, FeedbackId, FeedbackKind
from broadcast.reports.model import Span
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.feedback.queries import open_count
from cms.feedback.repository import FeedbackRegister
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.public.queries import public
from cms.public.repository import HiddenBulletins
from cms.schedule.queries.airings import board
from cms.schedule.repository.deliveries import Deliveries
from devices.model import DeviceKind
from tests.fakes.programme import AREAS, AUTHOR, C1, C2, C3, MONDAY, NOW, SOUND, bulletin, device, transmission

HOUR = timedelta(hours=1)
MP3 = Rendition("browser-mp3", "b" * 64, 480_000, 120_000, "audio/mpeg")
READY = Sound(SoundState.READY, renditions=(SOUND, MP3))
TODAY = Span(MONDAY, MONDAY)


def entry(name: str, hour: int) -> PlanEntry:
    approved = transmission(name)
    starts = NOW - hour * HOUR
    occurrence = OccurrenceId(f"{name}-{hour}")
    ids = (occurrence, approved.id, approved.bulletin_id, approved.title)
    return PlanEntry(*ids, starts, starts + HOUR / 60, approved.prio, SOUND, approved.after, ())


def heard(device_id: str, name: str, hour: int, state: DeliveryState = DeliveryState.DONE) -> Delivery:
    by = device(device_id, C1)
    return Delivery(by.id, by.name, OccurrenceId(f"{name}-{hour}"), TransmissionId(name), state, NOW)


@pytest.fixture
def aired(units: UowFactory) -> UowFactory:
    """Airings in the north: t1 twice, t2 with an older sound; t3 only planned, t4 withdrawn; none in the south."""
    with units() as unit:
        unit[Places].add(AREAS)
        unit[Devices].add_many([device("l1", C1), device("l2", C1), device("l3", C2)])
        unit[Devices].add_many([replace(device("b1", C1), kind=DeviceKind.BOARD)])
        for name in ("t1", "t2", "t3", "t4"):
            status = BulletinStatus.WITHDRAWN if name == "t4" else BulletinStatus.PLAYED
            unit[Bulletins].add(bulletin(f"b-{name}", status=status, sound=READY))
            older = replace(SOUND, sha256="c" * 64)
            unit[Transmissions].add(transmission(name, rendition=older if name == "t2" else SOUND))
        entries = (entry("t1", 5), entry("t2", 4), entry("t1", 3), entry("t3", 2), entry("t4", 1), entry("t1", -1))
        for area_id in (C1, C2):
            unit[Plans].put(DayPlan(area_id, MONDAY, entries, ()), "1" * 64, 9, NOW)
        unit[Deliveries].advance(
            [
                *(heard("l1", name, hour) for name, hour in (("t1", 5), ("t2", 4), ("t1", 3), ("t4", 1))),
                heard("l2", "t1", 3, DeliveryState.STARTED),
                heard("l3", "t1", 3, DeliveryState.MISSED),
                heard("l1", "t3", 2, DeliveryState.READY),
            ]
        )
        unit.commit()
    return units


def test_only_what_was_heard_as_it_is_now_is_told(aired: UowFactory) -> None:
    with reading(aired.engine) as session:
        ids = public.planned_ids(session, [C1], TODAY, NOW)
        assert ids == ["b-t3", "b-t1", "b-t2"]
        assert public.planned_ids(session, None, TODAY, NOW) == ids
        assert public.planned_ids(session, [C3], TODAY, NOW) == []
        (row,) = public.aired(session, ids, [C1], TODAY, NOW)
        assert (row.id, row.sound, row.devices, row.last_at) == ("b-t1", MP3, 2, NOW - 3 * HOUR)
        assert [each.devices for each in row.airings] == [2, 1]
        assert public.aired(session, ids, [C2], TODAY, NOW) == []
        assert [each.id for each in public.aired(session, ids, None, TODAY, NOW)] == ["b-t1"]
        assert public.aired(session, [], [C1], TODAY, NOW) == []


def test_what_is_taken_off_is_gone_until_it_is_put_back(aired: UowFactory) -> None:
    known = BulletinId("b-t1")
    with aired() as unit:
        unlisted = unit[HiddenBulletins]
        assert [unlisted.add(known, AUTHOR, NOW) for _ in range(2)] == [True, False]
        unit.commit()
    with reading(aired.engine) as session:
        assert HiddenBulletins(session).has(known)
        assert public.aired(session, [known], [C1], TODAY, NOW) == []
        coming = board(session, [C1], NOW - 6 * HOUR, NOW + 6 * HOUR)
        assert {each.bulletin_id for each in public.public_only(session, coming)} == {"b-t2", "b-t3"}
    with aired() as unit:
        assert [unit[HiddenBulletins].remove(known) for _ in range(2)] == [True, False]
        unit.commit()
        assert not unit[HiddenBulletins].has(known)


def test_when_a_programme_began_and_when_a_bulletin_last_did(aired: UowFactory) -> None:
    with reading(aired.engine) as session:
        assert public.first_planned_on(session, [C1]) == MONDAY
        assert public.first_planned_on(session, None) == MONDAY
        assert public.first_planned_on(session, [C3]) is None
        assert public.last_began_on(session, BulletinId("b-t1"), [C1], NOW) == MONDAY
        assert public.last_began_on(session, BulletinId("b-t1"), None, NOW) == MONDAY
        assert public.last_began_on(session, BulletinId("b-t1"), [C3], NOW) is None
        assert public.last_began_on(session, BulletinId("b-t1"), [C1], NOW - 9 * HOUR) is None
        assert public.planned_ids(session, [C1], Span(date(2026, 3, 1), date(2026, 3, 1)), NOW) == []


def test_loudspeakers_are_counted_and_boards_are_none(aired: UowFactory) -> None:
    with reading(aired.engine) as session:
        assert public.loudspeakers(session) == {C1: 2, C2: 1}


def test_a_word_is_found_by_its_code_and_read_once_it_is_published(aired: UowFactory) -> None:
    words = (C1, Channel.WEB, FeedbackKind.NOISE, "To quá.", NOW, PUBLIC, PUBLIC, NOW)
    waiting = Feedback(FeedbackId("f1"), *words, code_hash="1" * 64)
    shown = Feedback(FeedbackId("f2"), *words, code_hash="2" * 64, published_text="To.", published_at=NOW)
    with aired() as unit:
        unit[FeedbackRegister].add(waiting)
        unit[FeedbackRegister].add(shown)
        unit.commit()
    with reading(aired.engine) as session:
        assert public.by_code(session, "1" * 64) == waiting
        assert public.by_code(session, "3" * 64) is None
        assert public.by_code(session, "") is None
        assert public.published_feedback(session, [C1], 5) == [shown]
        assert public.published_feedback(session, [C2], 5) == []
        assert [session.scalar(open_count([each])) for each in (C1, C2)] == [2, 0]
