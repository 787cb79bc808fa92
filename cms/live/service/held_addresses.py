"""Held live addresses: recorded, listened to, and then released unchanged (ghi âm, nghe lại, phát).

Released it is a live address in all but the speaker: in the same places, of the same priority, under the same limits.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import HELD_FOR, LEAD, LiveAction, LiveId, LiveRecording, LiveSession, LiveState, next_state
from cms.areas.repository import Places
from cms.live.repository import LiveSessions
from cms.live.service.addresses import (
    asked_before,
    event,
    expect,
    hearers_in,
    place_problems,
    places_of,
    request_problems,
    require_code_for_many,
    require_owner,
)
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, Problem, problem_if, refuse
from province.people import Action

DEVICE_SOUND: Final = "device-opus"


def hold(uow: UnitOfWork, live_id: LiveId, *, areas: Sequence[AreaId], topic: str, call: Call) -> LiveSession:
    """Create an address that is going to be recorded. The same id again by the same person changes nothing.

    Raises:
        NotAllowedError: no right to speak live in every area.
        InvalidError: no area, one that is not there or has no loudspeaker, no topic.
        ConflictError: the id is another person's.
    """
    with uow:
        if (known := asked_before(uow, live_id, areas, call)) is not None:
            return known
        tree = uow[Places].tree()
        refuse(request_problems(areas, topic, hearers_in(uow, areas), tree))
        session = LiveSession(
            id=live_id,
            areas=tree.roots_of(areas),
            topic=topic.strip(),
            owner_id=call.actor.user_id,
            owner_name=call.actor.name,
            prepared_at=call.now,
            until_at=call.now + HELD_FOR,
            state=LiveState.HELD,
            sound=Sound(),
        )
        uow[LiveSessions].add(session, ())
        uow.record(event("held", session, call.actor, call.now, topic=session.topic))
        uow.commit()
    return session


def record(uow: UnitOfWork, live_id: LiveId, *, sha256: str, call: Call) -> LiveSession:
    """Store the owner's recording, which is in the content store; it replaces the one before.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: it is another person's, or the right is gone.
        InvalidError: it is not held any more.
    """
    with uow:
        old = uow[LiveSessions].get(live_id)
        require_owner(old, call, uow[Places].tree())
        if old.sound is None or old.state is not LiveState.HELD:
            raise InvalidError([Problem("recording", "LIVE_NOT_HELD")])
        if old.sound.job_id:
            uow.jobs.cancel(old.sound.job_id)
        job_id = uow.jobs.add(JobKind.MAKE_ADDRESS, live_id, {"sha256": sha256})
        sound = Sound(SoundState.MAKING, made_from=f"audio:{sha256}", job_id=job_id)
        new = replace(old, version=old.version + 1, sound=sound)
        uow[LiveSessions].save(new)
        uow.record(event("said", new, call.actor, call.now, sha256=sha256))
        uow.commit()
    return new


def take(uow: UnitOfWork, live_id: LiveId, sound: Sound, *, now: datetime) -> bool:
    """Store the processed sound, or why it could not be made. False: it is no longer needed."""
    with uow:
        old = uow[LiveSessions].find(live_id)
        if old is None or old.state is not LiveState.HELD or old.sound is None or old.sound.job_id != sound.job_id:
            return False
        new = replace(old, version=old.version + 1, sound=replace(sound, job_id=""))
        uow[LiveSessions].save(new)
        uow.record(event("made", new, None, now, state=sound.state.value, error=sound.error))
        uow.commit()
    return True


def release(uow: UnitOfWork, live_id: LiveId, *, longest: timedelta, call: Call) -> LiveSession:
    """Release it: its places sound it now, by a person with the right to speak live there. Idempotent.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: no right to speak live in every area; SECOND_FACTOR (to more than one commune without a code
            within the last five minutes).
        NotPossibleError: it is spoken live, or was discarded.
        InvalidError: nothing is made yet, it is too long or too old, an area in which it would sound within quiet
            hours, has another live address or hears nothing without a digital signature.
        ConflictError: another person was quicker in one of the areas.
    """
    with uow:
        old, tree = uow[LiveSessions].get(live_id), uow[Places].tree()
        call.require(Action.LIVE_SPEAK, old.areas, tree)
        if old.sound is not None and old.on_air_at is not None:
            return old
        state = next_state(old.state, LiveAction.RELEASE)
        made = device_sound_of(old)
        if made is None:
            raise InvalidError([Problem("recording", "SOUND_NOT_READY")])
        until_at = call.now + LEAD + timedelta(milliseconds=made.duration_ms)
        hearers = hearers_in(uow, old.areas)
        problems = recording_problems(old, longest, call.now) + request_problems(old.areas, old.topic, hearers, tree)
        problems += place_problems(uow, places_of(hearers), tree, call.now, until_at)
        refuse(problems)
        require_code_for_many(call, places_of(hearers))
        new = replace(
            old,
            state=state,
            version=old.version + 1,
            on_air_at=call.now,
            until_at=until_at,
            recording=LiveRecording(made.sha256, made.bytes, made.duration_ms, 0, made.sha256),
            released_by_name=call.actor.name,
        )
        uow[LiveSessions].save(new)
        uow[LiveSessions].claim(new.id, places_of(hearers))
        expect(uow, new, hearers)
        uow.outbox.add(OutboxKind.LIVE, new.id)
        uow.record(event("released", new, call.actor, call.now, sha256=made.sha256, duration_ms=made.duration_ms))
        uow.commit()
    return new


def device_sound_of(session: LiveSession) -> Rendition | None:
    """Return the loudspeakers' rendition of the recording, once it is made."""
    return None if session.sound is None else session.sound.rendition(DEVICE_SOUND)


def recording_problems(session: LiveSession, longest: timedelta, now: datetime) -> list[Problem]:
    """Return why it has to be recorded again."""
    made, found = device_sound_of(session), []
    if made is not None and timedelta(milliseconds=made.duration_ms) > longest:
        found.append(Problem("recording", "LIVE_TOO_LONG", {"minutes": longest // timedelta(minutes=1)}))
    found += problem_if(now > session.until_at, "recording", "LIVE_STALE", hours=HELD_FOR // timedelta(hours=1))
    return found
