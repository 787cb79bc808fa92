"""Sounds of bulletins made by the worker. A result for a text that has changed meanwhile is not used."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinId, Sound, SoundState
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import event_of, progressed
from cms.bulletins.service.submission import submit_awaited
from cms.platform.store.uow import UnitOfWork
from cms.sessions.service.places import follow
from province.people import program

_WORKER: Final = program("worker")


def finish(uow: UnitOfWork, bulletin_id: BulletinId, sound: Sound, *, now: datetime) -> bool:
    """Store the sound that a job made, or failed to make. False: it was of an earlier text, or of another job.

    Raises:
        NotFoundError: no such bulletin.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        if not _is_awaited(old, sound):
            return False
        # A recording's outline stays where its cues were at fault.
        sound = replace(sound, renditions=sound.renditions or old.sound.renditions)
        bulletin = progressed(old, now, sound=sound)
        uow[Bulletins].save(bulletin)
        name = "sounded" if sound.state is SoundState.READY else "sound_failed"
        uow.record(event_of(name, bulletin, _WORKER, job=sound.job_id, error=sound.error))
        submit_awaited(uow, follow(uow, old, bulletin, now), now)
        uow.commit()
    return True


def _is_awaited(bulletin: Bulletin, sound: Sound) -> bool:
    waiting = bulletin.sound.state is SoundState.MAKING and bulletin.sound.job_id == sound.job_id
    return waiting and bulletin.sound_input == sound.made_from
