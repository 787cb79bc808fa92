"""Sounds of bulletins made by the worker. A result for a text that has changed meanwhile is not used."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, VoicedText
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import machine_event, progressed
from cms.platform.store.uow import UnitOfWork

_WORKER = "worker"


def finish(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    job_id: str,
    made_from: str,
    renditions: Sequence[Rendition],
    loudness_lufs: float,
    true_peak_dbtp: float,
    now: datetime,
    said: Sequence[VoicedText] = (),
    chime_ms: int = 0,
) -> bool:
    """Store a finished sound. False: it was made from an earlier text, or by another job.

    Raises:
        NotFoundError: no such bulletin.
    """
    made = Sound(
        state=SoundState.READY,
        made_from=made_from,
        job_id=job_id,
        renditions=tuple(renditions),
        loudness_lufs=loudness_lufs,
        true_peak_dbtp=true_peak_dbtp,
        said=tuple(said),
        chime_ms=chime_ms,
    )
    return _take_over(uow, bulletin_id, made, "sounded", now)


def fail(uow: UnitOfWork, bulletin_id: BulletinId, *, job_id: str, made_from: str, error: str, now: datetime) -> bool:
    """Store that the sound could not be made; ``error`` is a stable code. False as for :func:`finish`."""
    failed = Sound(state=SoundState.FAILED, made_from=made_from, job_id=job_id, error=error)
    return _take_over(uow, bulletin_id, failed, "sound_failed", now)


def _take_over(uow: UnitOfWork, bulletin_id: BulletinId, sound: Sound, name: str, now: datetime) -> bool:
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        if not _is_awaited(old, sound):
            return False
        # A recording's outline stays where its cues were at fault.
        sound = replace(sound, renditions=sound.renditions or old.sound.renditions)
        bulletin = progressed(old, now, sound=sound)
        uow[Bulletins].save(bulletin)
        uow.record(machine_event(name, bulletin, _WORKER, job=sound.job_id, error=sound.error))
        uow.commit()
    return True


def _is_awaited(bulletin: Bulletin, sound: Sound) -> bool:
    waiting = bulletin.sound.state is SoundState.MAKING and bulletin.sound.job_id == sound.job_id
    return waiting and bulletin.sound_input == sound.made_from
