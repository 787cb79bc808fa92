from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.bulletins.model import Cues, SoundState, Targets
from broadcast.stations.as_run_log import LogLine
from broadcast.stations.model import Programme, ProgrammeId, ProgrammeProgress, StationId, StationReport
from broadcast.stations.rules import made_from
from cms.bulletins.service import drafts, review
from cms.bulletins.service.revisions import redraft
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.stations.repository import Programmes
from cms.stations.service import programmes
from cms.stations.service.as_run_import import OURS_MAX, LogLineState, LogOutcome, import_log
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.relay_sources import approved, order
from tests.builders.in_memory.station_world import FILES, MASTER, STATION, Airwaves
from tests.fakes.programme import AUTHOR, C1, NOW, PROVINCE, REVIEWER, SOUND, schedule


@pytest.fixture
def world() -> Airwaves:
    world = Airwaves()
    world.register()
    return world


def test_what_is_approved_for_a_station_becomes_its_programme_and_its_files_are_made(world: Airwaves) -> None:
    bulletin = world.aired()
    made = world.programme(bulletin)
    assert (made.sound.state, made.master_sha256, made.skip_ms) == (SoundState.MAKING, "c" * 64, 2_500)
    assert world.store.jobs()[made.sound.job_id].kind is JobKind.MAKE_PROGRAMME
    assert world.outbox(OutboxKind.PROGRAMME) == []
    assert world.finish(made)
    assert world.programme(bulletin).sound.renditions == FILES
    assert [row.subject_id for row in world.outbox(OutboxKind.PROGRAMME)] == [bulletin.id]
    # The worker finishes twice, or finishes a job that no programme waits for.
    assert not world.finish(made)


def test_without_a_station_there_or_a_master_nothing_is_made(world: Airwaves) -> None:
    world.approved()
    world.aired(targets=Targets((C1,)), schedules=(schedule("2026-03-03T17:00"),))
    assert world.store.all(Programme) == []


def test_files_that_cannot_be_made_are_told_and_stations_are_not(world: Airwaves) -> None:
    made = world.programme(world.aired())
    details = {"made_from": made.sound.made_from, "error": "TOOL_FAILED", "now": NOW}
    assert programmes.fail(world.store(), made.id, **details)  # type: ignore[arg-type]
    assert not programmes.fail(world.store(), made.id, **details)  # type: ignore[arg-type]
    failed = world.store.one(Programme, id=made.id).sound
    assert (failed.state, failed.error) == (SoundState.FAILED, "TOOL_FAILED")
    assert world.outbox(OutboxKind.PROGRAMME) == []


def test_what_is_withdrawn_is_killed_at_once(world: Airwaves) -> None:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    withdraw(world, bulletin.id)
    killed = world.programme(bulletin)
    assert (killed.killed_at, killed.sound.state) == (NOW, SoundState.READY)
    assert len(world.outbox(OutboxKind.PROGRAMME)) == 2
    with world.store() as uow:
        programmes.kill(uow, bulletin.id, NOW)
        uow.commit()
    assert world.programme(bulletin) == killed


def test_a_programme_names_the_recording_its_master_was_made_of_and_is_made_anew_with_another(world: Airwaves) -> None:
    spoken = world.programme(world.aired())
    assert (spoken.original_sha256, spoken.cues) == ("", Cues())
    recorded = replace(spoken, original_sha256="f" * 64)
    names = {made_from(spoken), made_from(recorded), made_from(replace(recorded, cues=Cues(1_000)))}
    assert len(names) == 3


def test_what_relays_a_stream_is_no_programme_of_a_station(world: Airwaves) -> None:
    approved(world)
    drafted = world.draft(title="Thời sự", text="Sóng đang gián đoạn.", relay=order())
    world.approve(world.submit(world.sound(drafted, SOUND, MASTER)))
    assert world.store.all(Programme) == []


def test_what_is_killed_while_its_files_are_made_is_not_made(world: Airwaves) -> None:
    bulletin = world.aired()
    made = world.programme(bulletin)
    withdraw(world, bulletin.id)
    assert world.store.jobs()[made.sound.job_id].is_cancelled
    assert world.programme(bulletin).sound.state is SoundState.MISSING
    assert not world.finish(made)


def withdraw(world: Airwaves, bulletin_id: object) -> None:
    bulletin = world.bulletin(bulletin_id)  # type: ignore[arg-type]
    review.withdraw(world.store(), bulletin.id, expected_version=bulletin.version, call=world.call(REVIEWER, NOW))


def reapproved(world: Airwaves, bulletin_id: object, **changes: object) -> None:
    """Edit the bulletin, and approve it again with the same sound."""
    bulletin = world.bulletin(bulletin_id)  # type: ignore[arg-type]
    edited = drafts.edit(
        world.store(),
        bulletin.id,
        draft=replace(redraft(bulletin), **changes),  # type: ignore[arg-type]
        expected_version=bulletin.version,
        call=world.call(AUTHOR, NOW),
    )
    world.approve(world.submit(edited))


def test_the_same_sound_at_other_times_is_the_same_programme_with_other_dates(world: Airwaves) -> None:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    before = world.programme(bulletin)
    reapproved(world, bulletin.id, schedules=(schedule("2026-03-03T17:00"),))
    moved = world.programme(bulletin)
    assert (moved.killed_at, moved.approved_at) == (None, before.approved_at)
    assert moved.start_at == before.start_at + timedelta(days=1)
    # The dates stand in the file.
    assert moved.sound.state is SoundState.MAKING
    reapproved(world, bulletin.id, schedules=(schedule("2026-03-04T17:00"),))
    assert world.store.jobs()[moved.sound.job_id].is_cancelled


def test_approved_again_as_it_was_its_files_are_those_it_had(world: Airwaves) -> None:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    before = world.programme(bulletin)
    reapproved(world, bulletin.id, board=None)
    after = world.programme(bulletin)
    assert (after.sound, after.killed_at, after.version) == (before.sound, None, before.version + 2)
    assert len(world.outbox(OutboxKind.PROGRAMME)) == 3


def test_followed_twice_while_it_is_made_it_is_made_once(world: Airwaves) -> None:
    bulletin = world.aired()
    transmission = world.transmission(bulletin)
    with world.store() as uow:
        again = programmes.follow(uow, bulletin, transmission, NOW)
        assert again is not None
        assert again.sound == world.programme(bulletin).sound
        other = replace(bulletin, text="Lời khác.")
        changed = programmes.follow(uow, other, transmission, NOW)
        uow.commit()
    assert changed is not None
    assert world.store.jobs()[again.sound.job_id].is_cancelled
    assert changed.sound.job_id != again.sound.job_id


def tell(world: Airwaves, *words: StationReport, station_id: StationId = STATION.id) -> int:
    return programmes.tell(world.store(), station_id, words, call=world.call(AUTHOR, NOW + timedelta(hours=12)))


def test_a_stations_word_is_kept_once(world: Airwaves) -> None:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    word = StationReport(ProgrammeId(bulletin.id), ProgrammeProgress.AIRED, NOW + timedelta(hours=9))
    ahead = StationReport(ProgrammeId(bulletin.id), ProgrammeProgress.SCHEDULED, NOW + timedelta(days=20))
    assert tell(world, word, ahead) == 2
    assert tell(world, word, ahead) == 0
    assert world.events().count("station.reported") == 1
    with world.store() as uow:
        assert [each.rung for each in uow[Programmes].receipts(ProgrammeId(bulletin.id))] == [
            ProgrammeProgress.AIRED,
            ProgrammeProgress.SCHEDULED,
        ]


def test_nothing_was_aired_before_it_was_approved(world: Airwaves) -> None:
    bulletin = world.aired()
    programme = world.programme(bulletin)
    early = StationReport(programme.id, ProgrammeProgress.AIRED, programme.approved_at - timedelta(hours=28))
    with pytest.raises(InvalidError) as refused:
        tell(world, early)
    assert [(each.field, each.code) for each in refused.value.problems] == [("items.0.at", "BEFORE_APPROVAL")]


def imported(world: Airwaves, lines: Sequence[LogLine]) -> LogOutcome:
    return import_log(world.store(), STATION.id, lines, call=world.call(AUTHOR, NOW + timedelta(hours=12)))


def line_of(programme_id: str, *, at: datetime | None = None, number: int = 2) -> LogLine:
    mine = ProgrammeId(programme_id)
    return LogLine(number, mine, str(at), None if at is None else StationReport(mine, ProgrammeProgress.AIRED, at))


def test_each_line_of_a_log_is_taken_counted_as_foreign_or_refused_by_itself(world: Airwaves) -> None:
    bulletin = world.aired()
    early = world.programme(bulletin).approved_at - timedelta(hours=28)
    lines = [
        line_of(bulletin.id, at=NOW + timedelta(hours=9)),
        line_of("jingle01", number=3),
        line_of("jingle01", at=NOW, number=4),
        line_of(bulletin.id, number=5),
        line_of(bulletin.id, at=early, number=6),
        line_of(bulletin.id, at=NOW + timedelta(days=2), number=7),
    ]
    for state in (LogLineState.NEW, LogLineState.KNOWN):
        outcome = imported(world, lines)
        assert outcome.foreign == 2
        assert [(each.line.number, each.state, [one.code for one in each.problems]) for each in outcome.lines] == [
            (2, state, []),
            (5, LogLineState.REFUSED, ["LINE_UNREADABLE"]),
            (6, LogLineState.REFUSED, ["BEFORE_APPROVAL"]),
            (7, LogLineState.REFUSED, ["IN_FUTURE"]),
        ]
    with world.store() as uow:
        assert [each.at for each in uow[Programmes].receipts(ProgrammeId(bulletin.id))] == [NOW + timedelta(hours=9)]
    assert imported(world, lines[1:2]).lines == []


def test_nothing_is_proof_of_an_airing_after_the_withdrawal(world: Airwaves) -> None:
    bulletin = world.aired()
    withdrawn_at = NOW + timedelta(hours=8)
    with world.store() as uow:
        programmes.kill(uow, bulletin.id, withdrawn_at)
        uow.commit()
    lines = [line_of(bulletin.id, at=withdrawn_at + timedelta(minutes=each)) for each in (4, 6)]
    outcome = imported(world, lines)
    assert [each.state for each in outcome.lines] == [LogLineState.NEW, LogLineState.REFUSED]
    assert [each.code for each in outcome.lines[1].problems] == ["AFTER_WITHDRAWAL"]


def test_a_log_has_a_bound_and_is_for_who_takes_programmes(world: Airwaves) -> None:
    mine = line_of(world.aired().id, at=NOW + timedelta(hours=9))
    with pytest.raises(InvalidError) as refused:
        imported(world, [mine] * (OURS_MAX + 1))
    assert [each.code for each in refused.value.problems] == ["TOO_MANY"]
    world.authority.refused = frozenset({Action.PROGRAMME_TAKE})
    with pytest.raises(NotAllowedError):
        imported(world, [mine])


def test_what_is_wrong_with_a_stations_word_is_told_by_its_place(world: Airwaves) -> None:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    mine = ProgrammeId(bulletin.id)
    words = (
        StationReport(mine, ProgrammeProgress.AIRED, NOW + timedelta(hours=13)),
        StationReport(mine, ProgrammeProgress.VERIFIED, NOW, "0" * 64),
        StationReport(mine, ProgrammeProgress.VERIFIED, NOW, FILES[0].sha256),
        StationReport(ProgrammeId("none"), ProgrammeProgress.AIRED, NOW),
    )
    with pytest.raises(InvalidError) as refused:
        tell(world, *words)
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("items.0.at", "IN_FUTURE"),
        ("items.1.sha256", "FILE_UNKNOWN"),
        ("items.3.programme_id", "PROGRAMME_UNKNOWN"),
    ]
    with pytest.raises(InvalidError):
        tell(world, *(words[2:3] * 1001))
    with pytest.raises(NotFoundError):
        tell(world, station_id=StationId("none"))
    world.authority.refused = frozenset({Action.PROGRAMME_TAKE})
    with pytest.raises(NotAllowedError):
        tell(world)


def test_what_is_not_meant_for_a_station_is_unknown_to_it(world: Airwaves) -> None:
    world.register("s-all", area_id=PROVINCE)
    bulletin = world.aired(targets=Targets((PROVINCE,), exclude=(STATION.area_id,)))
    word = StationReport(ProgrammeId(bulletin.id), ProgrammeProgress.AIRED, NOW)
    with pytest.raises(InvalidError):
        tell(world, word)
    assert tell(world, word, station_id=StationId("s-all")) == 1
