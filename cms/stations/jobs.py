"""Sound of programmes for stations, and of stations' offers."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import Sound, SoundState
from broadcast.stations.model import OfferId, Programme, ProgrammeId
from cms.areas.repository import Places
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, made_from, recording_of, renditions_of, sound_of
from cms.stations.repository import Programmes
from cms.stations.service import offers, programmes
from media.broadcast_wave import ProgrammeLabel
from media.model import AudioCues, MadeSound
from media.ports import Mastering, Progress
from media.use_cases.bulletin_sound import make_from_audio
from media.use_cases.programme_sound import ProgrammeSource, make_programme
from province.areas import AreaTree
from province.call import NewId
from province.machine_clock import utc_now
from province.wall_clock import DEFAULT_ZONE

_ORIGINATOR: Final = "Loa"
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)


@dataclass(frozen=True)
class MakeProgramme(SoundJob):
    """Work of ``JobKind.MAKE_PROGRAMME``: the payload's ``made_from`` is the programme's as it was."""

    tools: Mastering
    uow: Callable[[], UnitOfWork]
    public_url: str

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.uow().looking() as unit:
            programme = unit[Programmes].get(ProgrammeId(job.subject_id))
            agency = programme.origin or _agency(unit[Places].tree(), programme)
        with self.workspace(progress) as work:
            made = make_programme(
                programme.master_sha256,
                work,
                skip_ms=programme.skip_ms,
                label=label_of(programme, self.public_url, agency),
                tools=self.tools,
                recording=_recording(programme),
            )
        return lambda unit: _told(unit, job, made)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        made_from = str(job.payload.get("made_from", ""))
        programme_id = ProgrammeId(job.subject_id)
        programmes.fail(unit, programme_id, made_from=made_from, error=code, now=utc_now())


@dataclass(frozen=True)
class MakeOffer(SoundJob):
    """Work of ``JobKind.MAKE_OFFER``: the payload's ``sha256`` is the recording."""

    new_id: NewId

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            sound = sound_of(job, make_from_audio(recording_of(job), work))
        return lambda unit: self._finish(unit, job, sound)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        self._finish(unit, job, Sound(SoundState.FAILED, made_from(job), error=code))

    def _finish(self, unit: UnitOfWork, job: Job, sound: Sound) -> None:
        offers.finish(unit, OfferId(job.subject_id), sound=sound, now=utc_now(), new_id=self.new_id)


def label_of(programme: Programme, public_url: str, agency: str) -> ProgrammeLabel:
    """Build the metadata written into a programme's files. ``agency``: who speaks in it."""
    return ProgrammeLabel(
        title=programme.title,
        artist=agency,
        originator=_ORIGINATOR,
        cut_id=programme.id,
        category=programme.topic,
        made_at=_wall(programme.approved_at),
        start_at=_wall(programme.start_at),
        end_at=None if programme.end_at is None else _wall(programme.end_at),
        url=f"{public_url}/bulletins/{programme.bulletin_id}",
        text=programme.text,
    )


def _agency(tree: AreaTree, programme: Programme) -> str:
    """Return the place that a programme without a source of its own is for."""
    known = [each for each in programme.targets.areas if each in tree]
    return tree.get(known[0]).name if known else ""


def _recording(programme: Programme) -> ProgrammeSource | None:
    if not programme.original_sha256:
        return None
    return ProgrammeSource(programme.original_sha256, AudioCues(**asdict(programme.cues)))


def _wall(at: datetime) -> datetime:
    return at.astimezone(_ZONE).replace(tzinfo=None)


def _told(unit: UnitOfWork, job: Job, made: MadeSound) -> None:
    programmes.finish(
        unit,
        ProgrammeId(job.subject_id),
        made_from=str(job.payload["made_from"]),
        renditions=renditions_of(made.documents),
        loudness_lufs=made.loudness.integrated_lufs,
        true_peak_dbtp=made.loudness.true_peak_dbtp,
        now=utc_now(),
    )
