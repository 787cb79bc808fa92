"""Opening and closing sounds of areas: set from a recording, processed by the worker, used from the next approval."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from broadcast.bulletins.model import Sound
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service.revisions import area_problems
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from province import errors
from province.areas import AreaId
from province.call import Call
from province.errors import problem_if, too_long
from province.events import Event
from province.people import Action, Actor, program
from province.wall_clock import local_date

NAME_MAX = 200
_WORKER: Final = program("worker")


def set_chime(uow: UnitOfWork, *, area_id: AreaId, place: ChimePlace, sha256: str, name: str, call: Call) -> Chime:
    """Set an area's chime to a new recording, used once it is made; until then the one before is used.

    ``sha256`` is in the content store, empty where it is not. Bulletins approved already keep the sound they were
    approved with.

    Raises:
        NotAllowedError: the actor may not set it in that area.
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.CHIME_SET, [area_id] if area_id in tree else (), tree)
        problems = area_problems(area_id, "area", tree, local_date(call.now))
        problems += problem_if(not sha256, "recording", "RECORDING_UNKNOWN")
        errors.refuse([*problems, *too_long("name", name, NAME_MAX)])
        old = uow[Chimes].of_area(area_id, place)
        if old is not None and old.candidate_sha256:
            uow.jobs.cancel(old.job_id)
        chime_id = ChimeId(call.new_id()) if old is None else old.id
        job_id = uow.jobs.add(JobKind.MAKE_CHIME, chime_id, {"sha256": sha256})
        chime = replace(
            old or Chime(chime_id, area_id, place, call.now, call.actor.user_id, call.actor.name),
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            candidate_sha256=sha256,
            candidate_name=name,
            job_id=job_id,
            refusal="",
        )
        uow[Chimes].put(chime)
        uow.record(_event("set", chime, call.now, call.actor, sha256=sha256))
        uow.commit()
    return chime


def take(uow: UnitOfWork, chime_id: ChimeId, *, sha256: str, sound: Sound, now: datetime) -> bool:
    """Store the finished sound, used from the next approval on. False: it is no longer needed."""
    with uow:
        old = _awaited(uow, chime_id, sha256)
        if old is None:
            return False
        taken = replace(
            old, sound=sound, original_name=old.candidate_name, candidate_sha256="", candidate_name="", job_id=""
        )
        uow[Chimes].put(taken)
        uow.record(_event("made", taken, now, _WORKER, sha256=sha256))
        uow.commit()
    return True


def refuse(uow: UnitOfWork, chime_id: ChimeId, *, sha256: str, refusal: str, now: datetime) -> bool:
    """Refuse the recording; the sound before it stays. False as for :func:`take`."""
    with uow:
        old = _awaited(uow, chime_id, sha256)
        if old is None:
            return False
        refused = replace(old, candidate_sha256="", job_id="", refusal=refusal)
        uow[Chimes].put(refused)
        uow.record(_event("refused", refused, now, _WORKER, refusal=refusal))
        uow.commit()
    return True


def drop_chime(uow: UnitOfWork, chime_id: ChimeId, *, call: Call) -> Chime:
    """Remove the area's sound and return it; later approvals use that of the area above, or none.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor may not set it in its area.
    """
    with uow:
        chime = uow[Chimes].get(chime_id)
        call.require(Action.CHIME_SET, [chime.area_id], uow[Places].tree())
        if chime.candidate_sha256:
            uow.jobs.cancel(chime.job_id)
        uow[Chimes].remove(chime_id)
        uow.record(_event("dropped", chime, call.now, call.actor))
        uow.commit()
    return chime


def _awaited(uow: UnitOfWork, chime_id: ChimeId, sha256: str) -> Chime | None:
    chime = uow[Chimes].find(chime_id)
    return chime if chime is not None and chime.candidate_sha256 == sha256 else None


def _event(name: str, chime: Chime, now: datetime, actor: Actor, **detail: object) -> Event:
    return Event.of(actor, f"chime.{name}", chime.id, now, area=chime.area_id, place=chime.place, **detail)
