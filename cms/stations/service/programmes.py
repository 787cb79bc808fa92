"""Programmes for stations, kept in step with approvals and withdrawals.

``follow`` and ``kill`` run within the unit of work that changes the bulletin, so that no station keeps a withdrawn
programme without notice.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Transmission
from broadcast.stations.model import (
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    Station,
    StationId,
    StationReport,
)
from broadcast.stations.rules import MASTER_RENDITION, crawl_of, dates_of, made_from, skipped_ms
from cms.areas.repository import Places
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.stations.repository import Programmes, Stations
from province.areas import AreaTree
from province.call import Call
from province.errors import InvalidError, Problem, problem_if, refuse
from province.events import Event
from province.people import Action, program

RECEIPTS_MAX: Final = 1_000
AHEAD_MAX: Final = timedelta(days=366)
"""Reports that schedule further ahead are refused."""
CLOCK_SLACK: Final = timedelta(minutes=5)
_WORKER: Final = program("worker")


def follow(uow: UnitOfWork, bulletin: Bulletin, transmission: Transmission, now: datetime) -> Programme | None:
    """Make or update the programme of an approved bulletin for the stations it is meant for; None where there are none.

    Its files are made unless they hold the very same already. A bulletin that relays a stream has no programme: its own
    sound only stands in. Within a unit of work.
    """
    master = bulletin.sound.rendition(MASTER_RENDITION)
    if (
        master is None
        or transmission.relay is not None
        or not listeners(uow[Stations].all(), transmission, uow[Places].tree())
    ):
        return None
    start_at, end_at, kill_at = dates_of(transmission)
    old = uow[Programmes].of_bulletin(bulletin.id)
    plain = Programme(
        id=ProgrammeId(bulletin.id),
        bulletin_id=bulletin.id,
        transmission_id=transmission.id,
        targets=transmission.targets,
        title=transmission.title,
        text=bulletin.text,
        crawl=crawl_of(bulletin.title, bulletin.text),
        topic=bulletin.topic,
        origin=bulletin.origin,
        language=bulletin.language,
        master_sha256=master.sha256,
        skip_ms=skipped_ms(bulletin),
        approved_by_name=transmission.approved_by_name,
        # Files stay valid as long as the sound is the same, even if the bulletin was moved since.
        approved_at=old.approved_at if old and old.master_sha256 == master.sha256 else transmission.approved_at,
        start_at=start_at,
        end_at=end_at,
        kill_at=kill_at,
        changed_at=now,
        version=1 if old is None else old.version + 1,
        original_sha256=bulletin.original_sha256,
        cues=bulletin.cues,
    )
    programme = replace(plain, sound=_sound_for(uow, plain, old))
    if old is None:
        uow[Programmes].add(programme)
    else:
        uow[Programmes].save(programme)
    if programme.sound.state is SoundState.READY:
        uow.outbox.add(OutboxKind.PROGRAMME, programme.id)
    return programme


def kill(uow: UnitOfWork, bulletin_id: BulletinId, now: datetime) -> None:
    """Withdraw the programme with its bulletin: no station may air it any more. Within a unit of work."""
    old = uow[Programmes].of_bulletin(bulletin_id)
    if old is None or old.killed_at is not None:
        return
    if old.sound.state is SoundState.MAKING:
        uow.jobs.cancel(old.sound.job_id)
    sound = old.sound if old.sound.state is SoundState.READY else Sound()
    uow[Programmes].save(replace(old, killed_at=now, changed_at=now, sound=sound, version=old.version + 1))
    uow.outbox.add(OutboxKind.PROGRAMME, old.id)


def finish(
    uow: UnitOfWork,
    programme_id: ProgrammeId,
    *,
    made_from: str,
    renditions: Sequence[Rendition],
    loudness_lufs: float,
    true_peak_dbtp: float,
    now: datetime,
) -> bool:
    """Store its finished files and notify the stations. False: they are no longer needed."""
    sound = Sound(SoundState.READY, made_from, "", tuple(renditions), loudness_lufs, true_peak_dbtp)
    return _settle(uow, programme_id, sound, "made", now)


def fail(uow: UnitOfWork, programme_id: ProgrammeId, *, made_from: str, error: str, now: datetime) -> bool:
    """Store that its files could not be made. False as for :func:`finish`."""
    return _settle(uow, programme_id, Sound(SoundState.FAILED, made_from, error=error), "failed", now)


def tell(uow: UnitOfWork, station_id: StationId, words: Sequence[StationReport], *, call: Call) -> int:
    """Store a station's reports on programmes, each once however often it is sent; return how many were new.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor does not take programmes for it.
        InvalidError: with everything wrong, by place in the list; then nothing is kept.
    """
    with uow:
        station = uow[Stations].get(station_id)
        tree = uow[Places].tree()
        call.require(Action.PROGRAMME_TAKE, [station.area_id], tree)
        if len(words) > RECEIPTS_MAX:
            raise InvalidError([Problem("items", "TOO_MANY", {"max": RECEIPTS_MAX})])
        problems = [
            Problem(f"items.{place}.{each.field}", each.code, each.detail)
            for place, word in enumerate(words)
            for each in word_problems(uow, station, tree, word, call.now)
        ]
        refuse(problems)
        receipts = [receipt_of(station_id, word, call) for word in words]
        new = uow[Programmes].tell(receipts)
        if new:
            uow.record(call.event("station.reported", station.id, area=station.area_id, count=new))
        uow.commit()
    return new


def receipt_of(station_id: StationId, word: StationReport, call: Call) -> ProgrammeReceipt:
    """Return the receipt of a report that a person or program of the station makes."""
    who = call.actor.name
    return ProgrammeReceipt(
        station_id, word.programme_id, word.rung, word.at, call.now, who, word.sha256, word.duration_ms
    )


def listeners(stations: Collection[Station], meant: Transmission | Programme, tree: AreaTree) -> Sequence[Station]:
    """Return the stations it is meant for: those whose own area it reaches."""
    return [each for each in stations if reaches(meant.targets, tree, each.area_id)]


def _sound_for(uow: UnitOfWork, plain: Programme, old: Programme | None) -> Sound:
    wanted = made_from(plain)
    if old is not None and old.sound.made_from == wanted and old.sound.state in {SoundState.READY, SoundState.MAKING}:
        return old.sound
    if old is not None and old.sound.state is SoundState.MAKING:
        uow.jobs.cancel(old.sound.job_id)
    job_id = uow.jobs.add(JobKind.MAKE_PROGRAMME, plain.id, {"made_from": wanted})
    return Sound(SoundState.MAKING, wanted, job_id)


def _settle(uow: UnitOfWork, programme_id: ProgrammeId, sound: Sound, name: str, now: datetime) -> bool:
    with uow:
        old = uow[Programmes].get(programme_id)
        if old.sound.state is not SoundState.MAKING or old.sound.made_from != sound.made_from:
            return False
        uow[Programmes].save(replace(old, sound=sound, changed_at=now, version=old.version + 1))
        if sound.state is SoundState.READY:
            uow.outbox.add(OutboxKind.PROGRAMME, old.id)
        uow.record(Event.of(_WORKER, f"programme.{name}", old.id, now, title=old.title))
        uow.commit()
    return True


def word_problems(
    uow: UnitOfWork, station: Station, tree: AreaTree, word: StationReport, now: datetime
) -> list[Problem]:
    """Return everything wrong with a station's report. Within a unit of work."""
    programme = programme_for(uow, station, tree, word.programme_id)
    if programme is None:
        return [Problem("programme_id", "PROGRAMME_UNKNOWN", {"programme": word.programme_id[:40]})]
    return truth_problems(programme, word, now)


def truth_problems(programme: Programme, word: StationReport, now: datetime) -> list[Problem]:
    """Return everything that cannot be true of a report on this programme."""
    found: list[Problem] = []
    latest_at = now + (AHEAD_MAX if word.rung is ProgrammeProgress.SCHEDULED else CLOCK_SLACK)
    found += problem_if(word.at > latest_at, "at", "IN_FUTURE")
    if word.at < programme.approved_at - CLOCK_SLACK:
        found.append(Problem("at", "BEFORE_APPROVAL", {"programme": programme.title[:80]}))
    if programme.killed_at is not None and word.at > programme.killed_at + CLOCK_SLACK:
        found.append(Problem("at", "AFTER_WITHDRAWAL", {"programme": programme.title[:80]}))
    # A report VERIFIED has to name a file that we gave.
    files = {each.sha256 for each in programme.sound.renditions}
    found += problem_if(word.rung is ProgrammeProgress.VERIFIED and word.sha256 not in files, "sha256", "FILE_UNKNOWN")
    return found


def programme_for(uow: UnitOfWork, station: Station, tree: AreaTree, programme_id: ProgrammeId) -> Programme | None:
    """Return the programme if it is meant for the station; others are unknown to it, so as not to reveal them."""
    programme = uow[Programmes].find(programme_id)
    return programme if programme is not None and listeners([station], programme, tree) else None
