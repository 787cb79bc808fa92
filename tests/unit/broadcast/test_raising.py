from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.errors import (
    BroadcastError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    NotPossibleError,
)
from broadcast.model.alerts import (
    Alert,
    AlertId,
    AlertKind,
    AlertLevel,
    AlertStatus,
    Audience,
    Disc,
    Facts,
    Hazard,
    Purpose,
    Ring,
    Rounds,
)
from broadcast.model.bulletins import SoundState, Targets
from broadcast.model.people import Action
from broadcast.templates import TEMPLATES, rounds_of
from broadcast.use_cases import alert_sounding, raising
from broadcast.use_cases.alert_draft import WordingDraft
from devices.areas import AreaId
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C2, C3, NORTH, NOW, PROVINCE
from tests.fakes.warnings import HOUR, SPEECH
from tests.unit.broadcast.alert_world import RAISER, TEXT, Voices, World, minutes

DISC_AT_C1 = Disc(11.0, 108.0, 500)


def refusal(error: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


def findings(world: World, alert: Alert) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    found = raising.findings_of(world.store(), alert.id, voices=world.voices, now=NOW)
    return {(p.field, p.code) for p in found.problems}, {(p.field, p.code) for p in found.warnings}


def test_a_draft_is_kept_with_what_is_still_missing_and_its_speech_is_begun() -> None:
    world = World()
    made = world.draft(headline=" Cảnh báo ", audience=Audience(), facts=Facts(), expires_at=None, rounds=None)
    assert world.alert(made) == made
    assert (made.status, made.headline, made.author_id, made.worded_at) == (
        AlertStatus.DRAFT,
        "Cảnh báo",
        RAISER.user_id,
        NOW,
    )
    assert made.expires_at == NOW + TEMPLATES[Hazard.FLOOD].lasts
    assert made.rounds == rounds_of(Hazard.FLOOD, AlertLevel.TWO)
    assert [job["is_again"] for job in world.open_jobs(made)] == [False, True]
    assert made.wordings[0].sound.state is SoundState.MAKING
    assert world.events() == ["alert.drafted"]


def test_what_cannot_be_kept_is_told_all_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.draft(
            headline="x" * 261,
            facts=Facts(advice="x" * 601),
            audience=Audience(Targets((AreaId("nowhere"),), (AreaId("neither"),)), (Ring(()),)),
            wordings=(WordingDraft("xx"), WordingDraft("vi", "x" * 2901), WordingDraft("vi")),
            rounds=Rounds((60_000, 90_000), 30_000),
            is_silent=True,
            is_minor=True,
            cap_ref="x" * 1001,
        )
    assert refusal(refused) == {
        ("headline", "TOO_LONG"),
        ("advice", "TOO_LONG"),
        ("cap_ref", "TOO_LONG"),
        ("wordings.vi", "TOO_LONG"),
        ("targets", "AREA_UNKNOWN"),
        ("exclude", "AREA_UNKNOWN"),
        ("rings", "RING_OPEN"),
        ("wordings", "LANGUAGE_UNKNOWN"),
        ("wordings", "LANGUAGE_TWICE"),
        ("rounds", "TOO_OFTEN"),
        ("is_silent", "ONLY_A_DRILL_IS_SILENT"),
        ("purpose", "ONLY_AN_UPDATE_REPLACES"),
    }
    assert world.store.commits == 1


def test_too_many_languages_and_rounds_are_refused() -> None:
    world = World()
    languages = ("vi", "en", "cjm", "rog", "kpm", "cma", "stt", "tyz", "nut")
    with pytest.raises(InvalidError) as refused:
        world.draft(
            wordings=tuple(WordingDraft(language) for language in languages),
            rounds=Rounds(tuple(60_000 * (n + 1) for n in range(51))),
            purpose=Purpose.UPDATE,
        )
    assert refusal(refused) == {("wordings", "TOO_MANY"), ("rounds", "TOO_MANY"), ("updates_id", "MISSING")}


def test_nobody_raises_an_alert_where_they_may_not() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_RAISE, NORTH)})))
    with pytest.raises(NotAllowedError):
        world.draft()
    elsewhere = world.ready(audience=Audience(Targets((C3,))))
    with pytest.raises(NotAllowedError):
        world.edit(elsewhere)
    assert world.alert(elsewhere) == elsewhere


def test_an_update_of_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        World().draft(purpose=Purpose.UPDATE, updates_id=AlertId("nothing"))


def test_an_edit_keeps_the_sound_of_what_still_says_the_same() -> None:
    world = World()
    made = world.ready(wordings=(WordingDraft("vi", TEXT), WordingDraft("en", "Rising."), WordingDraft("cjm", "…")))
    edited = world.edit(made, NOW + minutes(1), wordings=(WordingDraft("vi", TEXT), WordingDraft("en", "Rising fast.")))
    vietnamese, english = edited.wordings
    assert vietnamese.sound == made.wordings[0].sound
    assert english.sound.state is SoundState.MAKING
    assert (edited.version, edited.own_versions) == (made.version + 1, 0)
    assert world.events()[-1] == "alert.edited"


def test_jobs_for_what_is_not_said_any_more_are_cancelled() -> None:
    world = World()
    made = world.draft(wordings=(WordingDraft("vi", TEXT), WordingDraft("en", "Rising.")))
    assert len(world.open_jobs(made)) == 4
    edited = world.edit(made, wordings=(WordingDraft("vi", "Nước rút."),))
    assert {job["made_from"] for job in world.open_jobs(edited)} == {
        edited.wordings[0].sound.made_from,
        edited.wordings[0].again.made_from,
    }
    emptied = world.edit(edited, wordings=(WordingDraft("vi", ""),))
    assert world.open_jobs(emptied) == []
    assert emptied.wordings[0].sound.state is SoundState.MISSING


def test_a_language_without_voice_and_recording_gets_no_job() -> None:
    world = World()
    made = world.draft(wordings=(WordingDraft("cjm", "…"), WordingDraft("rog", "", "a" * 64)))
    # What is said before the recording is said again is Vietnamese, in the Vietnamese voice.
    assert [job["language"] for job in world.open_jobs(made)] == ["rog", "rog"]
    mute = World(voices=Voices(frozenset()))
    assert [job["is_again"] for job in mute.open_jobs(mute.draft(wordings=(WordingDraft("rog", "", "a" * 64),)))] == [
        False
    ]


def test_what_is_decided_with_the_first_save_stays() -> None:
    world = World()
    live = world.active()
    drill = world.draft(kind=AlertKind.DRILL)
    with pytest.raises(InvalidError) as refused:
        world.edit(drill, kind=AlertKind.LIVE, purpose=Purpose.UPDATE, updates_id=live.id, cap_ref="s,i,t")
    assert refusal(refused) == {
        ("kind", "FIXED"),
        ("purpose", "FIXED"),
        ("updates_id", "FIXED"),
        ("cap_ref", "FIXED"),
    }


def test_what_our_own_processes_changed_is_no_conflict_what_a_person_changed_is() -> None:
    world = World()
    made = world.draft()
    world.sound(made)
    edited = world.edit(made, version=made.version)
    with pytest.raises(ConflictError):
        world.edit(edited, version=made.version)


def test_the_time_of_issue_is_that_of_the_words() -> None:
    world = World()
    made = world.ready()
    soon = world.edit(made, NOW + minutes(10))
    assert soon.worded_at == NOW
    reworded = world.edit(soon, NOW + minutes(11), headline="Lũ lên nhanh")
    assert reworded.worded_at == NOW + minutes(11)
    later = world.edit(reworded, NOW + minutes(30), headline="Lũ lên nhanh")
    assert later.worded_at == NOW + minutes(30)


def test_an_alert_is_submitted_when_nothing_is_missing() -> None:
    world = World()
    made = world.submitted()
    assert (made.status, made.submitter_id, made.submitter_name, made.submitted_at) == (
        AlertStatus.SUBMITTED,
        RAISER.user_id,
        RAISER.name,
        NOW,
    )
    assert world.events()[-1] == "alert.submitted"


def test_a_submission_long_after_the_wording_has_its_repeat_spoken_anew() -> None:
    world = World()
    made = world.submit(world.ready(), NOW + minutes(11))
    wording = made.wordings[0]
    assert made.worded_at == NOW + minutes(11)
    assert wording.sound.state is SoundState.READY
    assert wording.again.state is SoundState.MAKING
    assert alert_sounding.again_of(made, wording) is None
    assert alert_sounding.again_of(made, world.sound(made).wordings[0]) is not None


def test_everything_that_is_missing_is_told_at_once() -> None:
    world = World()
    made = world.draft(
        headline=" ",
        audience=Audience(),
        facts=Facts(),
        wordings=(WordingDraft("en", ""), WordingDraft("cjm", "…")),
        expires_at=NOW,
    )
    problems, warnings = findings(world, made)
    assert problems == {
        ("headline", "MISSING"),
        ("audience", "MISSING"),
        ("wordings.vi", "MISSING"),
        ("wordings.en", "MISSING"),
        ("wordings.cjm", "NO_VOICE"),
        ("expires_at", "EXPIRED"),
        ("place", "FACT_MISSING"),
        ("advice", "FACT_MISSING"),
        ("authority", "FACT_MISSING"),
    }
    assert warnings == {(name, "FACT_MISSING") for name in ("happens_at", "intensity", "forecast", "basis")}
    with pytest.raises(InvalidError) as refused:
        world.submit(made)
    assert refusal(refused) == problems
    assert world.alert(made).status is AlertStatus.DRAFT


def test_a_drill_needs_no_facts() -> None:
    world = World()
    assert findings(world, world.ready(kind=AlertKind.DRILL, facts=Facts())) == (set(), set())


def test_an_alert_that_lasts_longer_than_the_province_allows_is_refused() -> None:
    world = World()
    made = world.ready(expires_at=NOW + 30 * HOUR)
    assert findings(world, made) == (set(), set())
    world.decide(hours_max=24)
    assert findings(world, made)[0] == {("expires_at", "TOO_LONG_AHEAD")}


def test_vietnamese_is_needed_for_boards_even_where_it_is_recorded() -> None:
    world = World()
    made = world.sound(world.draft(wordings=(WordingDraft("vi", " ", "a" * 64),)))
    assert findings(world, made)[0] == {("wordings.vi", "MISSING")}
    empty = world.draft(wordings=(WordingDraft("vi", ""),))
    assert findings(world, empty)[0] == {("wordings.vi", "MISSING")}


def test_a_sound_that_is_not_there_yet_failed_or_is_too_long_is_told() -> None:
    world = World()
    made = world.draft()
    assert findings(world, made)[0] == {("wordings.vi", "SOUND_NOT_READY")}
    assert not world.open_jobs(made)[0]["is_again"]
    sound = made.wordings[0].sound
    assert alert_sounding.fail(
        world.store(),
        made.id,
        language="vi",
        is_again=False,
        job_id=sound.job_id,
        made_from=sound.made_from,
        error="TOOL_FAILED",
        now=NOW,
    )
    assert findings(world, made)[0] == {("wordings.vi", "SOUND_FAILED")}
    assert world.events()[-1] == "alert.sound_failed"
    anew = world.edit(world.alert(made))
    assert anew.wordings[0].sound.state is SoundState.MAKING
    long = world.sound(anew, rendition=replace(SPEECH, duration_ms=120_001))
    assert findings(world, long)[0] == {("wordings.vi", "SPEECH_TOO_LONG")}
    other = world.sound(world.draft(), rendition=replace(SPEECH, kind="browser-mp3"))
    assert findings(world, other)[0] == {("wordings.vi", "RENDITION_MISSING")}


def test_a_silent_drill_needs_no_sound() -> None:
    world = World(voices=Voices(frozenset()))
    made = world.draft(kind=AlertKind.DRILL, is_silent=True)
    assert findings(world, made)[0] == set()


def test_what_would_not_fit_one_message_is_refused_before_anybody_approves_it() -> None:
    world = World()
    corners = tuple((11 + n / 1000, 108.0) for n in range(199))
    ring = Ring((*corners, (11.1, 109.0), corners[0])[-200:])
    made = world.ready(
        audience=Audience(Targets((NORTH,)), (Ring((*ring.points[:-1], ring.points[0])),)),
        wordings=(WordingDraft("vi", "ự" * 2900),),
    )
    assert ("text", "TOO_MUCH_TO_SEND") in findings(world, made)[0]


def test_an_audience_without_a_device_is_warned_of() -> None:
    world = World()
    made = world.ready(audience=Audience(Targets((PROVINCE,), (NORTH, C3))))
    assert findings(world, made) == (set(), {("audience", "NOBODY_HEARS")})


def test_an_update_is_of_an_active_alert_of_the_same_kind() -> None:
    world = World()
    live = world.active()
    update = world.ready(purpose=Purpose.UPDATE, updates_id=live.id)
    assert findings(world, update)[0] == set()
    drill = world.ready(kind=AlertKind.DRILL, purpose=Purpose.UPDATE, updates_id=live.id)
    assert findings(world, drill)[0] == {("updates_id", "OTHER_KIND")}
    world.cancel(live)
    assert findings(world, update)[0] == {("updates_id", "NOT_ACTIVE")}
    correction = world.ready(purpose=Purpose.ALL_CLEAR, updates_id=live.id, facts=Facts())
    assert findings(world, correction)[0] == set()


def test_a_shape_alone_has_its_areas_filled_in_at_submission() -> None:
    world = World()
    made = world.submitted(audience=Audience(discs=(DISC_AT_C1,)))
    assert made.audience == Audience(Targets((C1,)), discs=(DISC_AT_C1,))
    nowhere = world.ready(audience=Audience(discs=(Disc(1.0, 1.0, 5),)))
    assert findings(world, nowhere)[0] == {("audience", "MISSING")}


def test_nobody_submits_into_areas_where_they_may_not_raise() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_RAISE, C1)})))
    made = world.ready(audience=Audience(discs=(DISC_AT_C1,)))
    with pytest.raises(NotAllowedError):
        world.submit(made)


def test_a_draft_or_a_submitted_alert_can_be_discarded_and_nothing_else() -> None:
    world = World()
    first, second = world.draft(), world.submitted(audience=Audience(Targets((C2,))))
    for made in (first, second):
        gone = raising.discard(
            world.store(),
            made.id,
            expected_version=made.version,
            actor=RAISER,
            authority=world.authority,
            now=NOW,
        )
        assert gone.status is AlertStatus.DISCARDED
        assert world.open_jobs(made) == [] or made is second
    with pytest.raises(NotPossibleError):
        world.submit(world.alert(first))
    with pytest.raises(NotPossibleError):
        world.edit(world.alert(second))


def test_a_result_nobody_waits_for_is_not_used() -> None:
    world = World()
    made = world.ready()
    wording = made.wordings[0]
    for language, is_again in (("vi", False), ("vi", True), ("en", False)):
        assert not alert_sounding.finish(
            world.store(),
            made.id,
            language=language,
            is_again=is_again,
            job_id=wording.sound.job_id,
            made_from=wording.sound.made_from,
            renditions=(),
            loudness_lufs=0.0,
            true_peak_dbtp=0.0,
            now=NOW,
        )
    assert world.alert(made) == made


def test_a_result_after_the_approval_is_not_used() -> None:
    world = World()
    late = NOW + timedelta(minutes=11)
    made = world.approve(world.submit(world.ready(), late), late)
    again = made.wordings[0].again
    assert again.state is SoundState.MAKING
    assert not alert_sounding.fail(
        world.store(),
        made.id,
        language="vi",
        is_again=True,
        job_id=again.job_id,
        made_from=again.made_from,
        error="DEFECT",
        now=late,
    )
    assert world.order(made).spoken[0].again is None


def test_refusals_leave_nothing_behind() -> None:
    world = World()
    made = world.draft()
    commits = world.store.commits
    with pytest.raises(BroadcastError):
        world.submit(made)
    assert world.store.commits == commits
