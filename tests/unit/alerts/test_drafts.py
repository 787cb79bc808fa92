from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import HAZARDS, Hazard
from broadcast.alerts.message_templates import rounds_of
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience, Disc, Purpose, Ring
from broadcast.bulletins.model import Sound, SoundState, Targets
from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import drafts, sound
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.speech.repository import Pronunciations
from province.areas import AreaId
from province.errors import ConflictError, DomainError, InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.alert_world import APPROVER, RAISER, TEXT, Voices, World, draft, minutes
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C2, C3, NORTH, NOW

DISC_AT_C1 = Disc(11.0, 108.0, 500)


def refusal(error: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


def test_a_stored_alert_is_the_draft_it_was_saved_from() -> None:
    world = World()
    wanted = draft(
        wordings=(WordingDraft("vi", TEXT), WordingDraft("en", "", "ab" * 32)),
        rounds=Rounds((60_000,)),
        cap_ref="a,b,c",
    )
    assert AlertDraft.of(world.draft(**{each.name: getattr(wanted, each.name) for each in fields(wanted)})) == wanted


def test_a_draft_is_kept_with_what_is_still_missing_and_its_speech_is_begun() -> None:
    world = World()
    made = world.draft(headline=" Cảnh báo ", audience=Audience(), facts=AlertFacts(), expires_at=None, rounds=None)
    assert world.alert(made) == made
    assert (made.status, made.headline, made.author_id, made.worded_at) == (
        AlertStatus.DRAFT,
        "Cảnh báo",
        RAISER.user_id,
        NOW,
    )
    assert made.expires_at == NOW + HAZARDS[Hazard.FLOOD].lasts
    assert made.rounds == rounds_of(Hazard.FLOOD, AlertLevel.TWO)
    assert [job["is_again"] for job in world.open_jobs(made)] == [False, True]
    assert made.wordings[0].sound.state is SoundState.MAKING
    assert world.events() == ["alert.drafted"]


def test_what_cannot_be_kept_is_told_all_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.draft(
            headline="x" * 261,
            facts=AlertFacts(advice="x" * 601),
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
    assert world.store.commits == 0


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
    # The words before the repeated recording are Vietnamese, in the Vietnamese voice.
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


def test_a_submission_long_after_the_wording_keeps_its_repeat() -> None:
    world = World()
    made = world.submit(world.ready(), NOW + minutes(90))
    assert sound.again_of(made, made.wordings[0]) is not None


def test_nobody_submits_into_areas_where_they_may_not_raise() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_RAISE, C1)})))
    made = world.ready(audience=Audience(discs=(DISC_AT_C1,)))
    with pytest.raises(NotAllowedError):
        world.submit(made)


def test_another_s_live_alert_that_waits_is_dropped_by_an_approver_with_code_and_reason_alone() -> None:
    world = World()
    made = world.submitted()

    def drop(actor: Actor, reason: str = "Phát nhầm") -> Alert:
        return drafts.discard(
            world.store(), made.id, expected_version=made.version, call=world.call(actor, NOW), reason=reason
        )

    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        drop(replace(APPROVER, second_factor_at=None))
    with pytest.raises(NotAllowedError, match="LEVEL"):
        drop(replace(APPROVER, user_id=UserId("u-without-rights")))
    with pytest.raises(InvalidError):
        drop(APPROVER, "")
    assert drop(APPROVER).reason == "Phát nhầm"
    assert world.alert(made).status is AlertStatus.DISCARDED


def test_a_draft_or_a_submitted_alert_can_be_discarded_and_nothing_else() -> None:
    world = World()
    first, second = world.draft(), world.submitted(audience=Audience(Targets((C2,))))
    for made in (first, second):
        gone = drafts.discard(world.store(), made.id, expected_version=made.version, call=world.call(RAISER, NOW))
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
        assert not sound.finish(
            world.store(),
            made.id,
            Sound(
                SoundState.READY,
                made_from=wording.sound.made_from,
                job_id=wording.sound.job_id,
                renditions=(),
                loudness_lufs=0.0,
                true_peak_dbtp=0.0,
            ),
            language=language,
            is_again=is_again,
            now=NOW,
        )
    assert world.alert(made) == made


def test_a_result_after_the_approval_is_not_used() -> None:
    world = World()
    ready, late = world.ready(), NOW + timedelta(minutes=11)
    again = replace(ready.wordings[0].again, state=SoundState.MAKING)
    with world.store() as uow:
        kept = replace(ready, version=ready.version + 1, wordings=(replace(ready.wordings[0], again=again),))
        uow[Alerts].save(kept)
        uow.commit()
    made = world.approve(world.submit(world.alert(ready), late), late)
    again = made.wordings[0].again
    assert again.state is SoundState.MAKING
    assert not sound.finish(
        world.store(),
        made.id,
        Sound(SoundState.FAILED, made_from=again.made_from, job_id=again.job_id, error="DEFECT"),
        language="vi",
        is_again=True,
        now=late,
    )
    assert world.order(made).spoken[0].again is None


def test_refusals_leave_nothing_behind() -> None:
    world = World()
    made = world.draft(facts=AlertFacts())
    commits = world.store.commits
    with pytest.raises(DomainError):
        world.submit(made)
    assert world.store.commits == commits


def test_an_alert_is_submitted_while_it_is_being_spoken_and_approved_once_it_is() -> None:
    world = World()
    waiting = world.submit(world.draft())
    with pytest.raises(InvalidError) as refused:
        world.approve(waiting)
    assert [problem.code for problem in refused.value.problems] == ["SOUND_NOT_READY"]
    assert world.approve(world.sound(waiting)).status is AlertStatus.ACTIVE


@pytest.mark.parametrize("state", [SoundState.FAILED, SoundState.MISSING])
def test_an_alert_whose_speech_nobody_makes_is_not_submitted(state: SoundState) -> None:
    world = World()
    made = world.draft()
    (wording,) = made.wordings
    with world.store() as uow:
        silent = replace(wording, sound=replace(wording.sound, state=state))
        made = replace(made, version=made.version + 1, wordings=(silent,))
        uow[Alerts].save(made)
        uow.commit()
    with pytest.raises(InvalidError):
        world.submit(made)


def test_the_words_of_an_alert_are_those_of_its_last_saving() -> None:
    world = World()
    word = DictionaryEntry(
        PronunciationId("w1"), C1, Saying(TEXT.split()[0], "lời dạy"), NOW, RAISER.user_id, RAISER.name
    )
    with world.store() as uow:
        uow[Pronunciations].put(word)
        uow.commit()
    made = world.sound(world.draft(audience=Audience(Targets((C1,)))))
    assert made.sayings == (word.saying,)
    assert "lời dạy" in made.wordings[0].sound.made_from
    with world.store() as uow:
        uow[Pronunciations].remove(word.id)
        uow.commit()
    submitted = world.submit(made)
    assert submitted.sayings == (word.saying,)
    assert submitted.wordings[0].sound.made_from == made.wordings[0].sound.made_from
