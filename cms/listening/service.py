"""Listening tests: begun with two voices, answered by people who are signed in, ended."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.speech import listening
from broadcast.speech.listening import (
    ListeningAnswer,
    ListeningFigures,
    ListeningJudgement,
    ListeningTest,
    ListeningTestId,
)
from broadcast.speech.normalization import VIETNAMESE, read
from cms.areas.repository import Places
from cms.listening.repository import ListeningAnswers, ListeningTests
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.speech.service.phonology import PHONOLOGY
from media import speech
from media.kokoro import voice as kokoro
from media.voices import choices_of
from province.call import Call
from province.errors import NotPossibleError, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, program

TEXTS_MAX: Final = 20
TEXT_MAX: Final = 300
HEARD_MAX: Final = 1000
_WORKER: Final = program("worker")


def offered_voices(setting: str) -> Iterator[str]:
    """Yield the voices that can be compared on this machine: those built in, and the folder of the setting."""
    for voice in kokoro.VOICES:
        if kokoro.KokoroVoice(PHONOLOGY, voice=voice).is_installed():
            yield from (f"{kokoro.NAME}:{voice}{dialect}" for dialect in ("", "-northern", "-southern"))
    yield from (speech.NAME, f"{speech.NAME}:vi-vn-x-south")
    chosen = choices_of(setting).get(VIETNAMESE, "")
    if chosen.startswith("/"):
        yield chosen


def begin(
    uow: UnitOfWork, *, voice_a: str, voice_b: str, texts: tuple[str, ...], offered: frozenset[str], call: Call
) -> ListeningTest:
    """Begin a test; its sounds are made by a worker.

    Raises:
        NotAllowedError: the actor records no phrases anywhere.
        InvalidError: with every problem.
    """
    texts = tuple(filter(None, (" ".join(text.split()) for text in texts)))
    with uow:
        call.require(Action.PHRASE_RECORD, (), uow[Places].tree())
        found = problem_if(not {voice_a, voice_b} <= offered, "voice_a", "MISSING")
        found += problem_if(voice_a == voice_b, "voice_b", "SAME_VOICE")
        found += problem_if(not texts, "texts", "MISSING")
        found += problem_if(len(texts) > TEXTS_MAX, "texts", "TOO_MANY", max=TEXTS_MAX)
        found += too_long("texts", max(texts, key=len, default=""), TEXT_MAX)
        refuse(found)
        test_id = ListeningTestId(call.new_id())
        job_id = uow.jobs.add(JobKind.MAKE_LISTENING_TEST, test_id, {})
        by = (call.now, call.actor.user_id, call.actor.name)
        test = ListeningTest(test_id, voice_a, voice_b, texts, *by, job_id)
        uow[ListeningTests].add(test)
        uow.record(call.event("listening.begun", test_id, voice_a=voice_a, voice_b=voice_b, texts=len(texts)))
        uow.commit()
    return test


def answer(
    uow: UnitOfWork, test_id: ListeningTestId, *, number: int, heard: str, is_first_clearer: bool | None, call: Call
) -> None:
    """Store a person's answer to a text; ``is_first_clearer`` None: both alike. A second one changes nothing.

    Raises:
        NotFoundError: no such test or text.
        NotPossibleError: it is not open.
    """
    with uow:
        test, listener = uow[ListeningTests].get(test_id), call.actor.user_id
        if not test.is_open or not 0 <= number < len(test.texts):
            raise NotPossibleError("closed", "answer")
        key, is_a = f"{test_id} {number} {listener}", listening.is_a_first(test_id, listener, number)
        if uow[ListeningAnswers].find(key) is not None:
            return
        clearer = ListeningJudgement.SAME
        if is_first_clearer is not None:
            clearer = ListeningJudgement.A if is_first_clearer is is_a else ListeningJudgement.B
        typed = " ".join(heard.split())[:HEARD_MAX]
        uow[ListeningAnswers].add(ListeningAnswer(key, test_id, number, listener, is_a, typed, clearer, call.now))
        uow.record(call.event("listening.answered", test_id, number=number))
        uow.commit()


def end(uow: UnitOfWork, test_id: ListeningTestId, *, call: Call) -> None:
    """End a test: nobody can answer any more. Raises NotFoundError, NotAllowedError."""
    with uow:
        call.require(Action.PHRASE_RECORD, (), uow[Places].tree())
        test = uow[ListeningTests].get(test_id)
        if test.ended_at is None:
            uow[ListeningTests].save(replace(test, ended_at=call.now, version=test.version + 1))
            uow.record(call.event("listening.ended", test_id))
            uow.commit()


def figures_of(uow: UnitOfWork, test: ListeningTest) -> ListeningFigures:
    """Count the answers of a test; within a unit of work. What was typed is read aloud too: "7h" is "bảy giờ"."""
    answers = [replace(each, heard=read(each.heard).spoken) for each in uow[ListeningAnswers].of_test(test.id)]
    return listening.figures_of([read(text).spoken for text in test.texts], answers)


def finish(
    uow: UnitOfWork, test_id: ListeningTestId, *, clips: tuple[str, ...] = (), error: str = "", now: datetime
) -> None:
    """Store the sounds that a worker made, or the reason why it could not."""
    with uow:
        test = uow[ListeningTests].get(test_id)
        uow[ListeningTests].save(replace(test, clips=clips, error=error, version=test.version + 1))
        uow.record(Event.of(_WORKER, "listening.refused" if error else "listening.ready", test_id, now, error=error))
        uow.commit()
