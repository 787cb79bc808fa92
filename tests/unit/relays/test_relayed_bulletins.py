from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.bulletins.approval_document import ApprovalDocument
from broadcast.bulletins.cues import NoCut, cutting_of
from broadcast.bulletins.differences import differences
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import Prio, PriorityClass
from broadcast.bulletins.review_snapshots import shown_of
from broadcast.relays.model import LENGTH_MAX_MS, LENGTH_MIN_MS, Licence, RelaySourceId, StreamForm
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.service import preflight
from cms.platform.store.kinds import OutboxKind
from cms.relays.repository import RelaySources
from cms.relays.service import sources
from cms.schedule.repository.missed import MissedAirings
from devices.protocol import codec
from devices.protocol.messages import Plan
from province.areas import AreaId
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.relay_sources import (
    HALF_HOUR_MS,
    SOURCE,
    airs,
    approved,
    order,
    relay_bulletin,
    source_draft,
    suspended,
    written,
)
from tests.fakes.programme import AUTHOR, C1, C2, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, schedule


@pytest.fixture
def world() -> World:
    return World()


def codes(error: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


def sent(world: World, area_id: AreaId = C1) -> Plan:
    stored = world.store.one(StoredPlan, area_id=area_id, on=MONDAY)
    return codec.decode(Plan, world.content.blobs[stored.sha256])


def test_an_approval_freezes_source_addresses_length_and_stand_in(world: World) -> None:
    source = approved(world)
    bulletin = airs(world)
    transmission = world.transmission(bulletin)
    relay = transmission.relay
    assert relay is not None
    assert (relay.source_id, relay.urls, relay.length_ms) == (SOURCE, source.urls, HALF_HOUR_MS)
    assert (transmission.prio, transmission.duration_ms) == (Prio.RELAY, HALF_HOUR_MS)
    assert transmission.origin == "VOV1"
    (document,) = world.store.all(ApprovalDocument)
    body = json.loads(document.text)["relay"]
    assert body["urls"] == list(source.urls)
    assert body["length_ms"] == HALF_HOUR_MS


def test_a_bulletin_of_its_own_has_no_relay_in_its_document(world: World) -> None:
    world.approved()
    (document,) = world.store.all(ApprovalDocument)
    assert "relay" not in json.loads(document.text)


def test_devices_are_told_the_stream_and_its_stand_in(world: World) -> None:
    approved(world, urls=("https://a.example/1", "https://b.example/2"), form=StreamForm.HLS)
    bulletin = airs(world)
    world.replan()
    (item,) = sent(world).items
    assert item.relay is not None
    assert (item.relay.source, item.relay.form) == (SOURCE, "hls")
    assert item.relay.urls == ["https://a.example/1", "https://b.example/2"]
    assert item.end_at - item.start_at == HALF_HOUR_MS
    assert item.audio.sha256 == world.transmission(bulletin).rendition.sha256
    assert item.prio == Prio.RELAY


def test_a_board_shows_nothing_of_what_stands_in_for_a_relay(world: World) -> None:
    approved(world)
    bulletin = airs(world)
    assert bulletin.text
    board = world.transmission(bulletin).board
    assert board is not None
    assert board.text == ""


def test_a_relay_gives_way_to_a_priority_bulletin_and_displaces_a_normal_one(world: World) -> None:
    approved(world)
    airs(world)
    priority = world.approved(title="Ưu tiên", priority=PriorityClass.PRIORITY)
    world.replan()
    (item,) = sent(world).items
    assert item.item.startswith(world.transmission(priority).id)
    assert [each.title for each in world.plan().unplaced] == ["Thời sự"]


def test_no_relay_begins_in_quiet_hours_or_reaches_into_them(world: World) -> None:
    approved(world)
    with pytest.raises(Exception, match="QUIET_HOURS"):
        airs(world, schedules=(schedule("2026-03-02T23:00"),))
    with pytest.raises(Exception, match="QUIET_HOURS"):
        airs(world, length_ms=LENGTH_MAX_MS, schedules=(schedule("2026-03-02T19:00"),))


def test_what_was_missed_of_a_relay_is_not_made_good(world: World) -> None:
    with world.store() as uow:
        uow[MissedAirings].set_rule(MakeGoodRule(PROVINCE, PriorityClass.NORMAL, MakeGoodMode.NEXT_SESSION))
        uow.commit()
    approved(world)
    assert world.transmission(airs(world)).make_good == ()


def test_a_source_that_nobody_approved_is_not_relayed(world: World) -> None:
    written(world)
    bulletin = relay_bulletin(world)
    with pytest.raises(InvalidError) as refused:
        world.submit(bulletin)
    assert codes(refused) == {("relay.source_id", "RELAY_SOURCE_NOT_APPROVED")}


def test_a_source_that_was_suspended_after_it_was_submitted_is_not_approved(world: World) -> None:
    approved(world)
    submitted = world.submit(relay_bulletin(world))
    suspended(world)
    with pytest.raises(InvalidError) as refused:
        world.approve(submitted)
    assert codes(refused) == {("relay.source_id", "RELAY_SOURCE_NOT_APPROVED")}


def test_a_source_is_relayed_at_and_below_its_area_only(world: World) -> None:
    approved(world, area_id=NORTH)
    bulletin = relay_bulletin(world)
    with pytest.raises(InvalidError) as refused:
        world.submit(bulletin)
    assert codes(refused) == {("relay.source_id", "RELAY_SOURCE_ELSEWHERE")}


@pytest.mark.parametrize("length_ms", [LENGTH_MIN_MS - 1, LENGTH_MAX_MS + 1])
def test_a_relay_has_a_length_within_bounds(world: World, length_ms: int) -> None:
    approved(world)
    with pytest.raises(InvalidError) as refused:
        relay_bulletin(world, length_ms=length_ms)
    assert codes(refused) == {("relay.length_ms", "RELAY_LENGTH")}


def test_a_relay_of_an_unknown_source_is_refused(world: World) -> None:
    with pytest.raises(InvalidError) as refused:
        relay_bulletin(world)
    assert codes(refused) == {("relay.source_id", "RELAY_SOURCE_UNKNOWN")}


def test_a_relay_is_not_handed_down(world: World) -> None:
    approved(world)
    with pytest.raises(InvalidError) as refused:
        relay_bulletin(world, is_handed_down=True)
    assert ("relay.source_id", "RELAY_HANDED_DOWN") in codes(refused)


def test_no_airing_is_longer_than_the_licence(world: World) -> None:
    approved(world, licence=Licence(slot_max_minutes=20))
    bulletin = relay_bulletin(world)
    with pytest.raises(InvalidError) as refused:
        world.submit(bulletin)
    assert codes(refused) == {("relay.length_ms", "RELAY_SLOT_LICENCE")}


def test_no_day_has_more_of_a_source_than_the_licence(world: World) -> None:
    approved(world, licence=Licence(day_max_minutes=50))
    airs(world, schedules=(schedule("2026-03-02T17:00"),))
    other_day = relay_bulletin(world, title="Hôm sau", schedules=(schedule("2026-03-03T17:00"),))
    world.submit(other_day)
    same_day = relay_bulletin(world, title="Cùng ngày", schedules=(schedule("2026-03-02T18:00"),))
    with pytest.raises(InvalidError) as refused:
        world.submit(same_day)
    assert codes(refused) == {("relay.length_ms", "RELAY_DAY_LICENCE")}
    (problem,) = refused.value.problems
    assert (problem.detail["on"], problem.detail["minutes"]) == ("2026-03-02", "60")


@pytest.mark.parametrize("until_on", [date(2026, 3, 3), None])
def test_nothing_airs_after_the_licence_has_ended(world: World, until_on: date | None) -> None:
    approved(world, licence=Licence(until_on=until_on))
    airs(world, schedules=(schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=3"),))
    world.replan()
    days = [each for each in world.store.all(StoredPlan, area_id=C1) if each.plan.entries]
    assert len(days) == (3 if until_on is None else 2)


def test_the_earlier_end_counts(world: World) -> None:
    approved(world, licence=Licence(until_on=date(2026, 4, 24)))
    until_at = NOW + timedelta(days=2)
    assert world.transmission(airs(world, valid_until_at=until_at)).valid_until_at == until_at


def test_a_suspended_source_leaves_the_plans_and_comes_back_to_them(world: World) -> None:
    approved(world)
    airs(world)
    world.replan()
    assert len(sent(world).items) == 1
    before = len(world.outbox(OutboxKind.PLAN))
    source = suspended(world)
    assert source.suspended_why == "Đài ngừng phát"
    assert len(world.outbox(OutboxKind.PLAN)) > before
    world.replan()
    assert sent(world).items == []
    (left,) = world.plan().unplaced
    assert [reason.code for reason in left.reasons] == ["RELAY_SOURCE_SUSPENDED"]
    sources.approve(world.store(), SOURCE, expected_version=source.version, call=world.call(REVIEWER, NOW))
    world.replan()
    assert len(sent(world).items) == 1


def test_what_is_on_air_of_a_suspended_source_is_cut(world: World) -> None:
    approved(world)
    airs(world)
    world.replan()
    start_at = world.plan().entries[0].start_at
    suspended(world, start_at + timedelta(minutes=5))
    rows = world.outbox(OutboxKind.CANCEL)
    assert {row.subject_id for row in rows} >= {C1, C2}
    assert [row.payload["refs"] for row in rows] == [[world.plan().entries[0].occurrence_id]] * len(rows)


def test_what_is_on_air_of_a_corrected_source_goes_on(world: World) -> None:
    source = approved(world)
    airs(world)
    world.replan()
    sources.correct(
        world.store(),
        SOURCE,
        draft=source_draft(owner="VOV"),
        expected_version=source.version,
        call=world.call(AUTHOR, world.plan().entries[0].start_at + timedelta(minutes=5)),
    )
    assert world.outbox(OutboxKind.CANCEL) == []


def test_what_was_approved_with_another_address_is_not_heard_until_it_is_approved_again(world: World) -> None:
    source = approved(world)
    airs(world)
    sources.correct(
        world.store(),
        SOURCE,
        draft=source_draft(urls=("https://elsewhere.example/a.mp3",)),
        expected_version=source.version,
        call=world.call(AUTHOR, NOW),
    )
    sources.approve(world.store(), SOURCE, expected_version=3, call=world.call(REVIEWER, NOW))
    world.replan()
    assert sent(world).items == []
    (left,) = world.plan().unplaced
    assert [reason.code for reason in left.reasons] == ["RELAY_SOURCE_CHANGED"]


def test_preflight_shows_a_relay_of_its_whole_length_before_its_stand_in_is_made(world: World) -> None:
    written(world)
    bulletin = world.draft(relay=order())
    seen = preflight.preflight(world.store(), bulletin.id, call=world.call(AUTHOR, NOW))
    entry = seen.days[0].entries[0]
    assert entry.end_at - entry.start_at == timedelta(milliseconds=HALF_HOUR_MS)


def test_other_times_of_a_relay_are_held_against_its_licence(world: World) -> None:
    source = approved(world, licence=Licence(day_max_minutes=40))
    bulletin = airs(world)
    twice = (schedule("2026-03-03T11:00"), schedule("2026-03-03T17:00", schedule_id="s2"))
    with pytest.raises(InvalidError) as refused:
        world.submit(relay_bulletin(world, title="Hai lần", schedules=twice))
    assert codes(refused) == {("relay.length_ms", "RELAY_DAY_LICENCE")}
    assert (bulletin.relay, source.version) == (order(), 2)


def test_a_relay_has_no_chime_of_the_area_around_it(world: World) -> None:
    approved(world)
    assert world.transmission(airs(world)).frames == ()


def test_what_a_source_was_promised_in_is_found(world: World) -> None:
    approved(world)
    bulletin = airs(world)
    with world.store() as uow:
        assert [each.bulletin_id for each in uow[RelaySources].promised(SOURCE, NOW)] == [bulletin.id]
        assert uow[RelaySources].promised(SOURCE, NOW + timedelta(days=30)) == []
        assert uow[RelaySources].promised(RelaySourceId("other"), NOW) == []


def test_a_relay_is_not_made_shorter_by_cues(world: World) -> None:
    approved(world)
    bulletin = relay_bulletin(world)
    assert cutting_of(bulletin, airing_ms=HALF_HOUR_MS, sound_ms=120_000) is NoCut.RELAYED


def test_a_reviewer_is_told_that_another_source_is_relayed(world: World) -> None:
    before = shown_of(world.draft(), DEVICE_RENDITION)
    assert differences(before, replace(before, relay=order())).fields == ("relay",)
