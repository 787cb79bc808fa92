"""Phrase bank: an announcer records a phrase, the worker measures it, and accepts or refuses it with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.speech.dictionary import reach_of
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.phrase_bank import PhraseId, PhraseKey, PhraseRecording, key_of
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.bulletins.service.sharing import voices_in
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.speech.repository import Phrases
from province import errors
from province.areas import AreaId
from province.call import Call
from province.errors import Problem, problem_if, too_long
from province.events import Event
from province.people import Action, Actor, program
from province.wall_clock import local_date

PHRASE_MAX = 300
_WORKER: Final = program("worker")


def record_phrase(
    uow: UnitOfWork, *, area_id: AreaId, language: str, text: str, sha256: str, call: Call
) -> PhraseRecording:
    """Store a phrase's new recording, used once it has been checked; until then the one before is used.

    ``sha256`` must be in the content store. The same recording again changes nothing.

    Raises:
        NotAllowedError: the actor may not record in that area.
        InvalidError: with every problem.
    """
    text = " ".join(text.split())
    with uow:
        tree = uow[Places].tree()
        call.require(Action.PHRASE_RECORD, [area_id] if area_id in tree else (), tree)
        problems = area_problems(area_id, "area", tree, local_date(call.now))
        errors.refuse([*problems, *_problems(language, text, sha256)])
        old = uow[Phrases].of_area(area_id, language, text)
        if old is not None and sha256 in (old.sha256, old.candidate_sha256):
            return old
        if old is not None and old.candidate_sha256:
            uow.jobs.cancel(old.job_id)
        phrase_id = PhraseId(call.new_id()) if old is None else old.id
        job_id = uow.jobs.add(JobKind.CHECK_PHRASE, phrase_id, {"sha256": sha256})
        blank = PhraseRecording(phrase_id, area_id, language, text, call.now, call.actor.user_id, call.actor.name)
        phrase = replace(
            old or blank,
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            candidate_sha256=sha256,
            job_id=job_id,
            refusal="",
        )
        uow[Phrases].put(phrase)
        uow.record(_event("recorded", phrase, call.now, call.actor, sha256=sha256))
        uow.commit()
    return phrase


def take(
    uow: UnitOfWork, phrase_id: PhraseId, *, sha256: str, level_lufs: float, floor_dbfs: float, now: datetime
) -> bool:
    """Accept the recording, used from now on. False: it is no longer needed."""
    with uow:
        old = _awaited(uow, phrase_id, sha256)
        if old is None:
            return False
        taken = replace(
            old,
            sha256=sha256,
            by_name=old.changed_by_name,
            level_lufs=level_lufs,
            floor_dbfs=floor_dbfs,
            candidate_sha256="",
            job_id="",
        )
        uow[Phrases].put(taken)
        uow.record(_event("taken", taken, now, _WORKER, sha256=sha256))
        uow.commit()
    return True


def refuse(uow: UnitOfWork, phrase_id: PhraseId, *, sha256: str, refusal: str, now: datetime) -> bool:
    """Refuse the recording; the one before it stays. False as for :func:`take`."""
    with uow:
        old = _awaited(uow, phrase_id, sha256)
        if old is None:
            return False
        refused = replace(old, candidate_sha256="", job_id="", refusal=refusal)
        uow[Phrases].put(refused)
        uow.record(_event("refused", refused, now, _WORKER, refusal=refusal))
        uow.commit()
    return True


def forget_phrase(uow: UnitOfWork, phrase_id: PhraseId, *, call: Call) -> PhraseRecording:
    """Remove the recording and return it; sounds that are made keep it, later ones do without.

    Raises:
        NotFoundError: no such recording.
        NotAllowedError: the actor may not record in its area.
    """
    with uow:
        phrase = uow[Phrases].get(phrase_id)
        call.require(Action.PHRASE_RECORD, [phrase.area_id], uow[Places].tree())
        if phrase.candidate_sha256:
            uow.jobs.cancel(phrase.job_id)
        uow[Phrases].remove(phrase_id)
        uow.record(_event("forgotten", phrase, call.now, call.actor))
        uow.commit()
    return phrase


def bank_of(uow: UnitOfWork, areas: tuple[AreaId, ...], language: str) -> Mapping[PhraseKey, PhraseRecording]:
    """Return the recordings usable in all of these areas, the nearest area's of each phrase; within a unit of work.

    Recordings there or above come before a voice that was shared.
    """
    reach = reach_of(areas, uow[Places].tree())
    if not reach:
        return {}
    shared = [AreaId(each.subject_id) for each in voices_in(uow, reach)]
    place: dict[AreaId, int] = {}
    for area_id in (*reach, *shared):
        place.setdefault(area_id, len(place))
    bank: dict[PhraseKey, PhraseRecording] = {}
    known = [each for each in uow[Phrases].in_areas(place, language) if each.sha256]
    for each in sorted(known, key=lambda each: place[each.area_id]):
        bank.setdefault(key_of(each.text), each)
    return bank


def _awaited(uow: UnitOfWork, phrase_id: PhraseId, sha256: str) -> PhraseRecording | None:
    phrase = uow[Phrases].find(phrase_id)
    return phrase if phrase is not None and phrase.candidate_sha256 == sha256 else None


def _problems(language: str, text: str, sha256: str) -> list[Problem]:
    found = []
    found += problem_if(language not in LANGUAGES, "language", "LANGUAGE_UNKNOWN", language=language[:40])
    found += problem_if(not key_of(text), "text", "MISSING")
    found += too_long("text", text, PHRASE_MAX)
    found += problem_if(not sha256, "recording", "RECORDING_UNKNOWN")
    return found


def _event(name: str, phrase: PhraseRecording, now: datetime, actor: Actor, **detail: object) -> Event:
    frozen = {"area": phrase.area_id, "language": phrase.language, "text": phrase.text, **detail}
    return Event.of(actor, f"phrase.{name}", phrase.id, now, **frozen)
