"""Findings that block submitting an alert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.alerts.model import Alert, AlertFacts, AlertKind, AlertStatus, Audience, Disc, Purpose, Ring
from broadcast.bulletins.model import Sound, SoundState, Targets
from cms.alerts.service import drafts
from cms.alerts.service import sound as alert_sound
from cms.alerts.service.draft_fields import WordingDraft
from province.errors import InvalidError
from tests.builders.in_memory.alert_world import Voices, World
from tests.fakes.programme import C1, C3, NORTH, NOW, PROVINCE
from tests.fakes.warnings import HOUR, SPEECH

DISC_AT_C1 = Disc(11.0, 108.0, 500)


def refusal(error: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


def findings(world: World, alert: Alert) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    found = drafts.findings_of(world.store(), alert.id, voices=world.voices, now=NOW)
    return {(p.field, p.code) for p in found.problems}, {(p.field, p.code) for p in found.warnings}


def test_everything_that_is_missing_is_told_at_once() -> None:
    world = World()
    made = world.draft(
        headline=" ",
        audience=Audience(),
        facts=AlertFacts(),
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
    assert findings(world, world.ready(kind=AlertKind.DRILL, facts=AlertFacts())) == (set(), set())


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
    assert alert_sound.finish(
        world.store(),
        made.id,
        Sound(SoundState.FAILED, made_from=sound.made_from, job_id=sound.job_id, error="TOOL_FAILED"),
        language="vi",
        is_again=False,
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
    assert findings(world, made) == ({("audience", "NOBODY_HEARS")}, set())


def test_an_update_is_of_an_active_alert_of_the_same_kind() -> None:
    world = World()
    live = world.active()
    update = world.ready(purpose=Purpose.UPDATE, updates_id=live.id)
    assert findings(world, update)[0] == set()
    drill = world.ready(kind=AlertKind.DRILL, purpose=Purpose.UPDATE, updates_id=live.id)
    assert findings(world, drill)[0] == {("updates_id", "OTHER_KIND")}
    world.cancel(live)
    assert findings(world, update)[0] == {("updates_id", "NOT_ACTIVE")}
    correction = world.ready(purpose=Purpose.ALL_CLEAR, updates_id=live.id, facts=AlertFacts())
    assert findings(world, correction)[0] == set()


def test_a_shape_alone_has_its_areas_filled_in_at_submission() -> None:
    world = World()
    made = world.submitted(audience=Audience(discs=(DISC_AT_C1,)))
    assert made.audience == Audience(Targets((C1,)), discs=(DISC_AT_C1,))
    nowhere = world.ready(audience=Audience(discs=(Disc(1.0, 1.0, 5),)))
    assert findings(world, nowhere)[0] == {("audience", "MISSING")}
