"""Speech of local alerts: made once an alert is agreed on, so that boxes have it on flash before it is needed."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.alerts.local_alerts import LocalAlert, LocalAlertId, LocalAlertStatus
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience, Wording
from broadcast.alerts.script import encoded, script
from broadcast.bulletins.model import Sound, SoundState, Targets
from broadcast.speech.dictionary import occurring
from broadcast.speech.normalization import VIETNAMESE
from cms.local_alerts.repository import LocalAlerts
from cms.local_alerts.service.issues import renew
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.speech.service.dictionary import known_sayings
from media.ports import Voices
from province.events import Event
from province.people import program

_WORKER: Final = program("worker")


def with_speech(uow: UnitOfWork, local: LocalAlert, voices: Voices) -> LocalAlert:
    """Return the alert with a job for each of its sounds; as it is where no voice speaks. Needs a commit."""
    if not voices.speaks(VIETNAMESE):
        return local
    alert = _worded(uow, local)
    first, again = (_wanted(uow, alert, is_again=is_again) for is_again in (False, True))
    return replace(local, sound=first, again=again)


def finish(uow: UnitOfWork, local_id: LocalAlertId, sound: Sound, *, is_again: bool, now: datetime) -> bool:
    """Store the sound that a job made, or failed to make, and issue it to the boxes. False: nobody waits for it.

    Raises:
        NotFoundError: no such local alert.
    """
    with uow:
        old = uow[LocalAlerts].get(local_id)
        awaited = old.again if is_again else old.sound
        is_awaited = (awaited.job_id, awaited.made_from) == (sound.job_id, sound.made_from)
        if not is_awaited or old.status is not LocalAlertStatus.APPROVED:
            return False
        made = replace(old, again=sound) if is_again else replace(old, sound=sound)
        uow[LocalAlerts].save(made)
        if SoundState.MAKING not in (made.sound.state, made.again.state):
            renew(uow, now)
            name = "sounded" if made.spoken else "sound_failed"
            uow.record(
                Event.of(_WORKER, f"local_alert.{name}", made.id, now, headline=made.headline, error=sound.error)
            )
        uow.commit()
    return True


def _wanted(uow: UnitOfWork, alert: Alert, *, is_again: bool) -> Sound:
    made_from = encoded(script(alert, alert.wordings[0], is_again=is_again))
    payload: dict[str, object] = {"language": VIETNAMESE, "is_again": is_again, "made_from": made_from}
    job_id = uow.jobs.add(JobKind.MAKE_LOCAL_SPEECH, alert.id, payload)
    return Sound(state=SoundState.MAKING, made_from=made_from, job_id=job_id)


def _worded(uow: UnitOfWork, local: LocalAlert) -> Alert:
    """Return the words as an alert has them that is raised with these very words."""
    text = f"{local.headline}\n{local.text}"
    return Alert(
        id=AlertId(local.id),
        kind=AlertKind.LIVE,
        hazard=local.hazard,
        level=local.level,
        headline=local.headline,
        audience=Audience(Targets((local.area_id,))),
        facts=AlertFacts(),
        wordings=(Wording(VIETNAMESE, local.text),),
        rounds=local.rounds,
        expires_at=local.proposed_at,
        author_id=local.proposed_by,
        author_name=local.proposed_by_name,
        created_at=local.proposed_at,
        changed_at=local.proposed_at,
        sayings=occurring(known_sayings(uow, (local.area_id,)), text),
    )
