"""Background work for local alerts: their speech, and the renewal of the orders of boxes."""

from dataclasses import dataclass

from broadcast.alerts.local_alerts import LocalAlertId
from broadcast.bulletins.model import Sound
from cms.alerts.jobs import MakeAlertSound
from cms.local_alerts.repository import LocalAlerts
from cms.local_alerts.service import speech
from cms.local_alerts.service.issues import renew
from cms.platform.context import Context
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.machine_clock import utc_now


@dataclass(frozen=True)
class MakeLocalSpeech(MakeAlertSound):
    """Work of ``JobKind.MAKE_LOCAL_SPEECH``: the speech of a local alert, as that of an alert."""

    def areas(self, unit: UnitOfWork, job: Job) -> tuple[AreaId, ...]:
        return (unit[LocalAlerts].get(LocalAlertId(job.subject_id)).area_id,)

    def finish(self, unit: UnitOfWork, job: Job, made: Sound) -> None:
        is_again = bool(job.payload.get("is_again", False))
        speech.finish(unit, LocalAlertId(job.subject_id), made, is_again=is_again, now=utc_now())


class LocalOrderRenewal:
    """Job of the scheduler: each week, and after changes of devices, places and the policy.

    ``step`` issues what is due, and returns to how many devices.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        now = self._context.now()
        with self._context.uow() as unit:
            issued = renew(unit, now)
            if issued:
                unit.commit()
        return issued
